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
 * Perfect negotiation (W3C webrtc-pc, section 10.7) for one RTCPeerConnection, without the rollback: what the polite side
 * offers is no more than a proposal until its answer comes, so it can be dropped when the other side's offer comes
 * instead. On the wire nothing is different.
 *
 * After a rollback Chromium 156 decodes video it received before and shows none of it, and sometimes fails to start SCTP.
 *
 * Everything is done one after the other, so the state tells whether two offers crossed. Nothing a peer sends makes it
 * throw.
 */
export class Negotiator {
  readonly #connection: RTCPeerConnection;
  readonly #port: NegotiatorPort;
  readonly #polite: boolean;
  #held: boolean;
  #wanted = false;
  /** Whether an offer becomes the local description at once, which brings its candidates early. */
  #commits: boolean;
  /** SDP of the offer that waits for its answer and is not the local description yet. */
  #proposal: string | undefined;
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
    // The one that was asked to offer first will hardly be crossed.
    this.#commits = !options.polite || !options.held;
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
    const isPending = this.#connection.signalingState === 'have-local-offer';
    const sdp = isPending ? this.#connection.localDescription?.sdp : this.#proposal;
    if (sdp !== undefined) this.#port.sendDescription('offer', sdp);
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
        // What cannot be used in the stable state changes nothing there; what is closed meanwhile rejects everything.
        if (!this.#isIn('stable', 'closed')) this.#port.onFault(error);
      }
    });
  }

  // A method, since the compiler would otherwise take the state to be what it was before an await.
  #isIn(...states: readonly RTCSignalingState[]): boolean {
    return states.includes(this.#connection.signalingState);
  }

  #offerIfPossible(): void {
    if (!this.#wanted || this.#held) return;
    this.#enqueue(async () => {
      // Otherwise the browser fires `negotiationneeded` again once offer and answer are exchanged.
      if (!this.#wanted || this.#proposal !== undefined || !this.#isIn('stable')) return;
      this.#wanted = false;
      if (this.#commits) await this.#setLocalDescription('offer');
      else await this.#propose();
    });
  }

  async #propose(): Promise<void> {
    const { sdp } = await this.#connection.createOffer();
    if (sdp === undefined || !this.#isIn('stable')) return;
    this.#proposal = sdp;
    this.#port.sendDescription('offer', sdp);
  }

  async #applyOffer(sdp: string): Promise<void> {
    if (!this.#isIn('stable')) {
      if (!this.#polite) return;
      // Nothing is established yet that would be lost with the connection.
      throw new Error('The first offers of both sides have crossed.');
    }
    await this.#connection.setRemoteDescription({ type: 'offer', sdp });
    this.#proposal = undefined;
    this.#held = false;
    this.#candidatesSinceDescription = 0;
    await this.#setLocalDescription('answer');
    this.#settle();
  }

  async #applyAnswer(sdp: string): Promise<void> {
    if (this.#proposal !== undefined) await this.#commitProposal(this.#proposal);
    if (!this.#isIn('have-local-offer')) return;
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
    this.#candidatesSinceDescription = 0;
    this.#settle();
  }

  async #commitProposal(sdp: string): Promise<void> {
    this.#proposal = undefined;
    try {
      await this.#connection.setLocalDescription({ type: 'offer', sdp });
    } catch (error) {
      // The other side has gone on with it already.
      if (!this.#isIn('closed')) this.#port.onFault(error);
    }
  }

  #settle(): void {
    this.#commits = !this.#polite;
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
