/** How a negotiator reaches the other side, and what it tells its link. */
export interface NegotiatorPort {
  sendDescription(type: 'offer' | 'answer', sdp: string): void;
  sendCandidate(candidate: RTCIceCandidateInit): void;
  /** Offer and answer are exchanged: nothing waits. */
  onStable(): void;
  /** A description could not be used; this RTCPeerConnection is of no more use. */
  onFault(error: unknown): void;
}

export interface NegotiatorOptions {
  /** Of two offers that cross, the polite side's gives way. */
  readonly polite: boolean;
  /** Holds back the own first offer until the other side's came or `release` is called. */
  readonly held: boolean;
}

/** Descriptions waiting to be applied; a peer that sends more is not following the protocol. */
const MOST_WAITING_DESCRIPTIONS = 32;
/** Remote candidates between two descriptions. A browser with many interfaces and TURN servers gathers some dozens. */
const MOST_CANDIDATES = 256;
/** m-sections of a description: 16 tracks a side, data, and those left over by tracks that ended. */
const MOST_SECTIONS = 64;

/**
 * Perfect negotiation (W3C webrtc-pc, section 10.7) for one RTCPeerConnection. Everything is done one after the other,
 * so `signalingState` alone tells whether two offers crossed. Nothing a peer sends makes it throw.
 */
export class Negotiator {
  readonly #connection: RTCPeerConnection;
  readonly #port: NegotiatorPort;
  readonly #polite: boolean;
  #held: boolean;
  #wanted = false;
  #work: Promise<void> = Promise.resolve();
  #waitingDescriptions = 0;
  #isSettingLocal = false;
  readonly #localCandidates: RTCIceCandidateInit[] = [];
  #remoteCandidates: RTCIceCandidateInit[] = [];
  #candidatesSinceDescription = 0;
  #draining = false;

  constructor(connection: RTCPeerConnection, port: NegotiatorPort, options: NegotiatorOptions) {
    this.#connection = connection;
    this.#port = port;
    this.#polite = options.polite;
    this.#held = options.held;
    connection.addEventListener('negotiationneeded', () => {
      this.#wanted = true;
      this.#offerIfPossible();
    });
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate !== null) this.#sendCandidate(candidate.toJSON());
    });
  }

  /** Ends the holding back of the first offer. */
  release(): void {
    this.#held = false;
    this.#offerIfPossible();
  }

  /** Sends the offer that waits for its answer once more; the other side may not have got it. */
  resendOffer(): void {
    const local = this.#connection.localDescription;
    if (this.#connection.signalingState === 'have-local-offer' && local !== null)
      this.#port.sendDescription('offer', local.sdp);
  }

  receiveDescription(type: 'offer' | 'answer', sdp: string): void {
    if (this.#waitingDescriptions >= MOST_WAITING_DESCRIPTIONS || hasTooManySections(sdp)) return;
    this.#waitingDescriptions += 1;
    this.#enqueue(async () => {
      this.#waitingDescriptions -= 1;
      if (type === 'offer') await this.#applyOffer(sdp);
      else await this.#applyAnswer(sdp);
    });
  }

  receiveCandidate(candidate: RTCIceCandidateInit): void {
    if (this.#candidatesSinceDescription >= MOST_CANDIDATES) return;
    this.#candidatesSinceDescription += 1;
    this.#remoteCandidates.push(candidate);
    this.#drainCandidates();
  }

  #enqueue(task: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#connection.signalingState === 'closed') return;
      try {
        await task();
      } catch (error) {
        // A connection that was closed meanwhile rejects everything; that is no fault.
        if (!this.#isClosed()) this.#port.onFault(error);
      }
    });
  }

  // A method, since the compiler would otherwise take the state to be what it was before an await.
  #isClosed(): boolean {
    return this.#connection.signalingState === 'closed';
  }

  #offerIfPossible(): void {
    if (!this.#wanted || this.#held) return;
    this.#enqueue(async () => {
      // In any other state the browser fires `negotiationneeded` again once it is stable.
      if (!this.#wanted || this.#connection.signalingState !== 'stable') return;
      this.#wanted = false;
      await this.#setLocalDescription('offer');
    });
  }

  async #applyOffer(sdp: string): Promise<void> {
    const collides = this.#connection.signalingState !== 'stable';
    if (collides && !this.#polite) return;
    await this.#connection.setRemoteDescription({ type: 'offer', sdp });
    this.#held = false;
    this.#candidatesSinceDescription = 0;
    await this.#setLocalDescription('answer');
    this.#settle();
  }

  async #applyAnswer(sdp: string): Promise<void> {
    if (this.#connection.signalingState !== 'have-local-offer') return;
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
    this.#candidatesSinceDescription = 0;
    this.#settle();
  }

  #settle(): void {
    this.#drainCandidates();
    this.#port.onStable();
  }

  async #setLocalDescription(type: 'offer' | 'answer'): Promise<void> {
    this.#isSettingLocal = true;
    try {
      await this.#connection.setLocalDescription();
      const sdp = this.#connection.localDescription?.sdp;
      if (sdp !== undefined) this.#port.sendDescription(type, sdp);
    } finally {
      this.#isSettingLocal = false;
      for (const candidate of this.#localCandidates.splice(0)) this.#port.sendCandidate(candidate);
    }
  }

  /** Never before the description it belongs to. */
  #sendCandidate(candidate: RTCIceCandidateInit): void {
    if (this.#isSettingLocal) this.#localCandidates.push(candidate);
    else this.#port.sendCandidate(candidate);
  }

  #drainCandidates(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#enqueue(async () => {
      this.#draining = false;
      if (this.#connection.remoteDescription === null) return;
      for (const candidate of this.#remoteCandidates.splice(0)) {
        // Of an offer that was ignored, of another generation, or no candidate at all: worth nothing, and no fault.
        await this.#connection.addIceCandidate(candidate).catch(() => undefined);
      }
    });
  }
}

function hasTooManySections(sdp: string): boolean {
  return sdp.split(/^m=/m, MOST_SECTIONS + 2).length > MOST_SECTIONS + 1;
}
