import type { ConnectionState } from '../api/connection.js';
import type {
  RelayedAnswerMessage,
  RelayedCandidateMessage,
  RelayedOfferMessage,
} from '@madang/wire/server-messages';
import type { ChannelKind } from './channel-kind.js';
import { createConnection } from './create-connection.js';
import { generationName, generationOf } from './generation-name.js';
import { guarded } from './guarded.js';
import type { RecoveryAction } from './ice-recovery.js';
import { acceptChannels } from './incoming-channels.js';
import { LinkChannels } from './link-channels.js';
import type { MeshHost, SentTrack } from './mesh-host.js';
import { Negotiator } from './negotiator.js';
import { RebuildAllowance } from './rebuild-allowance.js';
import { RecoveryDriver } from './recovery-driver.js';
import { RemoteTracks } from './remote-tracks.js';
import type { SendSettings } from './send-plan.js';
import { TrackSenders } from './track-senders.js';

export type RelayedMessage = RelayedOfferMessage | RelayedAnswerMessage | RelayedCandidateMessage;

/** What all links of a mesh share. */
export interface LinkEnvironment {
  readonly host: MeshHost;
  configuration(): RTCConfiguration;
  sentTracks(): Iterable<SentTrack>;
  settingsOf(trackId: string): SendSettings | undefined;
  /** Whether links are there for media, not for data alone. */
  carriesMedia(): boolean;
  /** Kinds of channels that are open to a participant. */
  channelKinds(participantId: string): Iterable<ChannelKind>;
}

export interface LinkOptions {
  readonly participantId: string;
  readonly polite: boolean;
  /** Whether this side makes the first offer. */
  readonly offersFirst: boolean;
}

/** How long the first offer of the other side is waited for. */
const FIRST_OFFER_MS = 3000;
/** How far ahead of ours the other side's count of connections may be. */
const MOST_GENERATIONS_AHEAD = 64;
/** How long the first frames of what begins to be sent take at most. */
const BEGINNING_MS = 300;

/** One RTCPeerConnection and what belongs to it alone. */
interface Generation {
  readonly number: number;
  readonly connection: RTCPeerConnection;
  readonly negotiator: Negotiator;
  readonly senders: TrackSenders;
}

/** What connects this client to one other participant, over as many RTCPeerConnections as that takes. */
export class Link {
  readonly participantId: string;
  readonly #environment: LinkEnvironment;
  readonly #polite: boolean;
  readonly #recovery: RecoveryDriver;
  readonly #remoteTracks: RemoteTracks;
  readonly #channels = new LinkChannels();
  readonly #allowance = new RebuildAllowance(performance.now());
  #current: Generation;
  #incomingChannels = 0;
  #holdTimer: ReturnType<typeof setTimeout> | undefined;
  #beginningTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(environment: LinkEnvironment, options: LinkOptions) {
    const { participantId, polite } = options;
    this.participantId = participantId;
    this.#environment = environment;
    this.#polite = polite;
    this.#recovery = new RecoveryDriver(
      {
        help: (action) => this.#help(action),
        onState: (state) => guarded(() => environment.host.onConnectionState(participantId, state)),
      },
      { polite },
    );
    this.#remoteTracks = new RemoteTracks({
      onTrack: (trackId, track, receiver) =>
        guarded(() => environment.host.onTrack(participantId, trackId, track, receiver)),
      onTrackEnded: (trackId, track) =>
        guarded(() => environment.host.onTrackEnded(participantId, trackId, track)),
    });
    for (const kind of environment.channelKinds(participantId)) this.#channels.open(kind);
    this.#current = this.#begin(1, options.offersFirst);
    this.#recovery.advance();
  }

  get state(): ConnectionState {
    return this.#recovery.state;
  }

  /** Whether nobody has a channel open; media apart, the link is of no use then. */
  get isIdle(): boolean {
    return this.#channels.isEmpty && this.#incomingChannels === 0;
  }

  get peerConnection(): RTCPeerConnection {
    return this.#current.connection;
  }

  handle(message: RelayedMessage): void {
    const generation = generationOf(message.connection);
    if (this.#isClosed || generation === undefined || generation < this.#current.number) return;
    if (generation > this.#current.number) {
      const isNear = generation <= this.#current.number + MOST_GENERATIONS_AHEAD;
      if (message.type !== 'offer' || !isNear || !this.#allowance.take(performance.now())) return;
      if (!this.#replaceBy(generation, false)) return;
    }
    const { negotiator } = this.#current;
    if (message.type === 'candidate') negotiator.receiveCandidate(candidateOf(message));
    else negotiator.receiveDescription(message.type, message.sdp);
    this.#recovery.advance();
  }

  add(track: SentTrack): void {
    this.#current.senders.add(track);
    this.applySettings();
  }

  async replace(track: SentTrack): Promise<void> {
    await this.#current.senders.replace(track);
    this.applySettings();
  }

  remove(trackId: string): void {
    this.#current.senders.remove(trackId);
  }

  /** Sets anew how everything is sent, after the plan may have changed. */
  applySettings(): void {
    void this.#current.senders.apply((trackId) => this.#environment.settingsOf(trackId));
  }

  get channels(): LinkChannels {
    return this.#channels;
  }

  setConfiguration(): void {
    // A server that cannot be used is no reason to lose the connection there is.
    guarded(() => this.#current.connection.setConfiguration(this.#environment.configuration()));
  }

  networkChanged(): void {
    this.#recovery.tell((recovery, nowMs) => recovery.urge(nowMs));
  }

  signalingLost(): void {
    this.#recovery.tell((recovery) => recovery.signalingLost());
  }

  signalingRestored(): void {
    this.#recovery.tell((recovery, nowMs) => recovery.signalingRestored(nowMs));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#holdTimer);
    clearTimeout(this.#beginningTimer);
    this.#channels.abandon();
    this.#current.connection.close();
    this.#remoteTracks.endBefore(Infinity);
    this.#recovery.stop();
  }

  /** Answers whether the browser made another RTCPeerConnection; it allows only so many. */
  #replaceBy(generation: number, offersFirst: boolean): boolean {
    const { connection } = this.#current;
    clearTimeout(this.#holdTimer);
    try {
      this.#current = this.#begin(generation, offersFirst);
    } catch (error) {
      reportError(error);
      return false;
    }
    connection.close();
    this.#recovery.tell((recovery, nowMs) => recovery.rebuilt(nowMs));
    return true;
  }

  #begin(number: number, offersFirst: boolean): Generation {
    const connection = createConnection(this.#environment.configuration());
    const negotiator = new Negotiator(connection, this.#port(connection, number), {
      polite: this.#polite,
      held: !offersFirst,
    });
    const senders = new TrackSenders(connection);
    this.#remoteTracks.watch(connection, number);
    connection.addEventListener('connectionstatechange', () => this.#observe(connection));
    this.#incomingChannels = 0;
    acceptChannels(connection, {
      onMessage: (kind, data) => {
        const message = { from: this.participantId, ...kind, data };
        guarded(() => this.#environment.host.onData(message));
      },
      onCount: (count) => {
        if (this.#current.connection === connection) this.#incomingChannels = count;
      },
    });
    // So that there is always something to negotiate, and channels opened later need no negotiation.
    connection.createDataChannel('madang', { negotiated: true, id: 0 });
    for (const track of this.#environment.sentTracks()) senders.add(track);
    if (!offersFirst) this.#holdTimer = setTimeout(() => negotiator.release(), FIRST_OFFER_MS);
    else if (this.#environment.carriesMedia()) senders.offerToReceive();
    this.#channels.attach(connection);
    return { number, connection, negotiator, senders };
  }

  #port(connection: RTCPeerConnection, generation: number): ConstructorParameters<typeof Negotiator>[1] {
    const to = this.participantId;
    const name = generationName(generation);
    const { host } = this.#environment;
    return {
      sendDescription: (type, sdp) => {
        if (connection.signalingState === 'closed') return;
        if (type === 'offer') this.#recovery.tell((recovery, nowMs) => recovery.offerSent(nowMs));
        guarded(() => host.signal({ type, to, sdp, connection: name }));
        this.#recovery.advance();
      },
      sendCandidate: (candidate) =>
        guarded(() => host.signal({ ...wireCandidate(candidate), to, connection: name })),
      onStable: () => {
        if (this.#current.connection !== connection) return;
        this.#current.senders.repair(this.#environment.sentTracks());
        this.applySettings();
        this.#awaitBeginning();
        this.#recovery.tell((recovery, nowMs) => recovery.settled(nowMs));
      },
      onFault: () => {
        if (this.#current.connection !== connection) return;
        this.#recovery.tell((recovery) => recovery.fault());
      },
    };
  }

  #observe(connection: RTCPeerConnection): void {
    if (this.#current.connection !== connection || this.#isClosed) return;
    const { connectionState } = connection;
    if (connectionState === 'connected') {
      this.#remoteTracks.endBefore(this.#current.number);
      this.#awaitBeginning();
    }
    this.#recovery.tell((recovery, nowMs) => recovery.observe(connectionState, nowMs));
  }

  /** After a negotiation something new may be sent, once there is a path for it. */
  #awaitBeginning(): void {
    const { connection, senders } = this.#current;
    if (connection.connectionState !== 'connected') return;
    clearTimeout(this.#beginningTimer);
    this.#beginningTimer = setTimeout(() => {
      senders.begun();
      if (this.#current.senders === senders) this.applySettings();
    }, BEGINNING_MS);
  }

  #help(action: RecoveryAction): void {
    const { connection, negotiator, number } = this.#current;
    switch (action) {
      case 'restart':
        connection.restartIce();
        return;
      case 'resend':
        negotiator.resendOffer();
        return;
      case 'rebuild':
        this.#replaceBy(number + 1, true);
    }
  }
}

function candidateOf(message: RelayedCandidateMessage): RTCIceCandidateInit {
  const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = message;
  return {
    candidate,
    sdpMid: sdpMid ?? null,
    sdpMLineIndex: sdpMLineIndex ?? null,
    usernameFragment: usernameFragment ?? null,
  };
}

function wireCandidate(init: RTCIceCandidateInit): {
  readonly type: 'candidate';
  readonly candidate: string;
  readonly sdpMid?: string;
  readonly sdpMLineIndex?: number;
  readonly usernameFragment?: string;
} {
  const { sdpMid, sdpMLineIndex, usernameFragment } = init;
  return {
    type: 'candidate',
    candidate: init.candidate ?? '',
    ...(typeof sdpMid === 'string' && { sdpMid }),
    ...(typeof sdpMLineIndex === 'number' && { sdpMLineIndex }),
    ...(typeof usernameFragment === 'string' && { usernameFragment }),
  };
}
