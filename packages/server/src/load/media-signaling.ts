import type { SentTrack } from './client-description.js';

/** How a load client gets into a room of a media server. */
export interface MediaSignaling {
  /** Enters; rejects with what the server says against it. */
  join(options: JoinOptions): Promise<SignaledClient>;
}

export interface JoinOptions {
  readonly room: string;
  readonly name: string;
  readonly publishes: 'yes' | 'no';
  /** The server offers what it sends; the result is the answer. */
  readonly offered: (sdp: string) => string;
  /** The server has accepted the answer, where it says so; else when it was sent. */
  readonly answered: () => void;
  /** Something went wrong with a client that was in the room. */
  readonly failed: (reason: string) => void;
}

/** A client in its room. */
export interface SignaledClient {
  /** Says what is sent, with an offer; resolves with the server's answer. */
  publish(offer: string, tracks: readonly SentTrack[]): Promise<string>;
  /** Asks for everything the others in the room send by now, where the server does not offer it without being asked. */
  subscribe(): Promise<void>;
  leave(manner: Leaving): void;
}

/** `goodbye`: says that it leaves. `silence`: is gone without a word, as a machine whose network is gone. */
export type Leaving = 'goodbye' | 'silence';
