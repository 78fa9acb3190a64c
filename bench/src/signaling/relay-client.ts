/** Somebody in a room of two, connected to a signaling server. */
export interface RelayClient {
  /** Told of each message of the other one. */
  onRelayed: () => void;
  /** Sends a candidate to the other one. */
  relay(): void;
  close(): void;
}

/** A signaling server under measurement. */
export interface SignalingUnderTest {
  readonly name: 'peerjs-server' | 'madang';
  readonly pid: number;
  /** Connects and enters a room as its first or second; resolves when the server says so. */
  join(room: string, place: 0 | 1): Promise<RelayClient>;
  stop(): Promise<void>;
}

/** A server-reflexive candidate as browsers write it. */
export const CANDIDATE =
  'candidate:842163049 1 udp 1677729535 203.0.113.77 46154 typ srflx raddr 192.168.1.23 rport 46154 generation 0 ufrag 4ZcD network-cost 999';
