import { encodeUtf8 } from '../bytes/utf8.js';

/** User fragment and password of one side (RFC 8445 section 5.3). */
export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** The credentials of both sides that belong together. A restart brings a new generation. */
export class IceGeneration {
  readonly number: number;
  readonly localUfrag: string;
  /** The short-term key of the checks we receive. */
  readonly localKey: Uint8Array;
  /** Unknown until the peer has answered. */
  remoteUfrag: string | undefined;
  /** The short-term key of the checks we send. */
  remoteKey: Uint8Array = NO_KEY;
  /** USERNAME of checks received and sent. */
  #expected: string;
  #own = '';

  constructor(number: number, local: IceCredentials) {
    this.number = number;
    this.localUfrag = local.ufrag;
    // ICE passwords are ice-chars (RFC 8445 section 5.3): preparing them would change nothing.
    this.localKey = encodeUtf8(local.pwd);
    this.#expected = `${local.ufrag}:`;
  }

  setRemote(remote: IceCredentials): void {
    this.remoteUfrag = remote.ufrag;
    this.remoteKey = encodeUtf8(remote.pwd);
    this.#expected = `${this.localUfrag}:${remote.ufrag}`;
    this.#own = `${remote.ufrag}:${this.localUfrag}`;
  }

  /** USERNAME of the checks we send; to be read when the remote side is known. */
  get username(): string {
    return this.#own;
  }

  /**
   * Whether a check with this USERNAME is for us (RFC 8445 section 7.3). As long as the peer's fragment is not known only
   * ours can be compared; our own check, which needs the peer's password, makes up for it.
   */
  accepts(username: string): boolean {
    return this.remoteUfrag === undefined ? username.startsWith(this.#expected) : username === this.#expected;
  }
}

const NO_KEY = new Uint8Array(0);
