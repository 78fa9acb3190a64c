/** What one socket, one address and the server as a whole may ask for (threats G3 to G7). */
export interface SignalingLimits {
  /** New sockets of an address per second; 0: no limit, here and below. */
  readonly connectionsPerSecond: number;
  /** Open sockets of an address. */
  readonly connectionsPerAddress: number;
  readonly newRoomsPerMinute: number;
  /** Nobody new comes in while the event loop is later than this, in milliseconds; who is in goes on. */
  readonly overloadLagMs: number;
  /** Requests of a socket, descriptions and candidates apart. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  readonly negotiationPerSecond: number;
  readonly negotiationBurst: number;
  /** Malformed or too many messages a socket may send before it is closed, and how fast they are forgiven. */
  readonly strikes: number;
  readonly strikesForgivenPerSecond: number;
  /** A socket that has not joined by then is closed. */
  readonly joinMs: number;
  readonly pingMs: number;
  /** A socket nothing was heard from is dead. */
  readonly deadMs: number;
  readonly bufferedBytes: number;
  /** A socket that has taken nothing of what waits for it is too slow. */
  readonly stalledMs: number;
}

export const DEFAULT_SIGNALING_LIMITS: SignalingLimits = {
  connectionsPerSecond: 20,
  connectionsPerAddress: 200,
  newRoomsPerMinute: 10,
  overloadLagMs: 250,
  messagesPerSecond: 50,
  messageBurst: 100,
  negotiationPerSecond: 200,
  negotiationBurst: 400,
  strikes: 10,
  strikesForgivenPerSecond: 0.2,
  joinMs: 5_000,
  pingMs: 10_000,
  deadMs: 25_000,
  bufferedBytes: 1024 * 1024,
  stalledMs: 10_000,
};
