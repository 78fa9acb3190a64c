import type { TrackReference } from '@madang/wire/media-server';
import type { IceServer } from '@madang/wire/room-state';
import type {
  EncodingsWantedMessage,
  MediaRefusedMessage,
  MediaRestartMessage,
  RelayedAnswerMessage,
  RelayedCandidateMessage,
  RelayedOfferMessage,
  VideosWithheldMessage,
} from '@madang/wire/server-messages';
import type { ConnectionState } from '../api/connection.js';
import type { VideoCodec } from '../api/room.js';
import type { WantedMedia } from '../api/track.js';
import { configurationOf } from '../mesh/create-connection.js';
import { guarded } from '../mesh/guarded.js';
import type { MediaHost, SentTrack } from '../mesh/mesh-host.js';
import type { MediaCarrier } from '../room/media-carrier.js';
import type { MonitoredServer } from '../stats/server-monitor.js';
import { DownLink } from './down-link.js';
import { ReceivePlan } from './receive-plan.js';
import type { ServerLinkPort, ServerSignal } from './server-link-port.js';
import { UpLink } from './up-link.js';

/** What the media server says to this client. */
export type MediaServerMessage =
  | RelayedOfferMessage
  | RelayedAnswerMessage
  | RelayedCandidateMessage
  | EncodingsWantedMessage
  | VideosWithheldMessage
  | MediaRestartMessage
  | MediaRefusedMessage;

export interface ServerMediaHost extends MediaHost {
  send(message: ServerSignal): void;
  /** Video of somebody is not sent because others have spoken since, or may come (again). */
  onWithheld(participantId: string, trackId: string, isWithheld: boolean): void;
}

export interface ServerMediaOptions {
  /** Media through TURN only. */
  readonly relayOnly: boolean;
  readonly iceServers: readonly IceServer[];
  readonly videoCodec: VideoCodec;
  /** Most videos of cameras; undefined: as many as the server sends. */
  readonly lastN: number | undefined;
}

/**
 * Two connections with the media server: one up with everything this client sends, one down with what it receives of all
 * others. Each is offered by who sends over it, so no two offers cross.
 */
export class ServerMedia implements MediaCarrier {
  readonly #host: ServerMediaHost;
  readonly #relayOnly: boolean;
  #iceServers: readonly IceServer[];
  readonly #participantIds = new Set<string>();
  readonly #up: UpLink;
  readonly #down: DownLink;
  readonly #plan = new ReceivePlan();
  /** Videos that are not sent because others have spoken since, by their names. */
  readonly #withheld = new Map<string, TrackReference>();
  #planTimer: ReturnType<typeof setTimeout> | undefined;
  #state: ConnectionState = 'new';
  #isClosed = false;

  constructor(host: ServerMediaHost, options: ServerMediaOptions) {
    this.#host = host;
    this.#relayOnly = options.relayOnly;
    this.#iceServers = options.iceServers;
    this.#plan.setLastN(options.lastN);
    const port: ServerLinkPort = {
      send: (message) => guarded(() => host.send(message)),
      configuration: () => configurationOf(this.#iceServers, this.#relayOnly),
      onState: () => this.#tellState(),
    };
    this.#up = new UpLink(port, options.videoCodec);
    this.#down = new DownLink(port, {
      onTrack: (participantId, trackId, track, receiver) => {
        this.#plan.repeat(participantId, trackId);
        host.onTrack(participantId, trackId, track, receiver);
        this.#sendPlan();
      },
      onTrackEnded: (participantId, trackId, track) => host.onTrackEnded(participantId, trackId, track),
    });
    this.#sendPlan();
  }

  add(participantId: string): void {
    this.#participantIds.add(participantId);
    if (this.#state !== 'new') guarded(() => this.#host.onConnectionState(participantId, this.#state));
  }

  remove(participantId: string): void {
    this.#participantIds.delete(participantId);
    this.#plan.forget(participantId);
  }

  handle(message: MediaServerMessage): void {
    switch (message.type) {
      case 'offer':
        this.#down.receiveOffer(message);
        return;
      case 'answer':
        this.#up.receiveAnswer(message.sdp);
        return;
      case 'encodingsWanted':
        this.#up.setWanted(message.trackId, message.rids);
        return;
      case 'videosWithheld':
        for (const track of message.withheld) this.#withhold(track);
        for (const track of message.released) this.#release(track);
        return;
      case 'mediaRestart':
        this.#linkOf(message).restart();
        return;
      case 'mediaRefused':
        this.#linkOf(message).tell((recovery) => recovery.fault());
        return;
      case 'candidate': // Its candidates are in its descriptions.
        return;
    }
  }

  publish(track: SentTrack): void {
    this.#up.publish(track);
  }

  unpublish(trackId: string): void {
    this.#up.unpublish(trackId);
  }

  replace(trackId: string, track: MediaStreamTrack | null): Promise<void> {
    return this.#up.replace(trackId, track);
  }

  /** What of somebody's track is to be sent to here; told to the server a few times a second at most. */
  want(participantId: string, trackId: string, wanted: WantedMedia): void {
    if (!this.#participantIds.has(participantId)) return;
    this.#plan.set(participantId, trackId, wanted);
    this.#sendPlan();
  }

  /** Most videos of cameras that come here; `undefined`: as many as the server sends. */
  setLastN(lastN: number | undefined): void {
    this.#plan.setLastN(lastN);
    this.#sendPlan();
  }

  /** What the statistics are about. */
  get monitored(): MonitoredServer {
    return {
      up: this.#up.peerConnection,
      down: this.#down.peerConnection,
      state: this.#state,
      participantIds: this.#participantIds,
      sections: this.#down.sections,
    };
  }

  setIceServers(iceServers: readonly IceServer[]): void {
    this.#iceServers = iceServers;
    this.#up.setConfiguration();
    this.#down.setConfiguration();
  }

  networkChanged(): void {
    for (const link of [this.#up, this.#down]) link.tell((recovery, nowMs) => recovery.urge(nowMs));
  }

  signalingLost(): void {
    for (const link of [this.#up, this.#down]) link.tell((recovery) => recovery.signalingLost());
  }

  signalingRestored(): void {
    for (const link of [this.#up, this.#down])
      link.tell((recovery, nowMs) => recovery.signalingRestored(nowMs));
  }

  /** The server was restarted and has to be told everything again. */
  restart(): void {
    this.#releaseAll();
    this.#up.restart();
    this.#down.restart();
    this.#plan.restart();
    this.#sendPlan();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#planTimer);
    this.#releaseAll();
    this.#up.close();
    this.#down.close();
  }

  #withhold(track: TrackReference): void {
    this.#withheld.set(`${track.participantId} ${track.trackId}`, track);
    guarded(() => this.#host.onWithheld(track.participantId, track.trackId, true));
  }

  #release(track: TrackReference): void {
    if (!this.#withheld.delete(`${track.participantId} ${track.trackId}`)) return;
    guarded(() => this.#host.onWithheld(track.participantId, track.trackId, false));
  }

  #releaseAll(): void {
    for (const track of [...this.#withheld.values()]) this.#release(track);
  }

  #linkOf({ connection }: MediaRestartMessage | MediaRefusedMessage): UpLink | DownLink {
    return connection === 'up' ? this.#up : this.#down;
  }

  #sendPlan(): void {
    clearTimeout(this.#planTimer);
    if (this.#isClosed) return;
    const nowMs = performance.now();
    const { tracks, lastN, againAtMs } = this.#plan.take(nowMs);
    if (tracks.length > 0 || lastN !== undefined) {
      const most = lastN === undefined ? {} : { lastN };
      guarded(() => this.#host.send({ type: 'receive', tracks, ...most }));
    }
    if (againAtMs !== undefined) this.#planTimer = setTimeout(() => this.#sendPlan(), againAtMs - nowMs);
  }

  /** All others are reached over the same two connections. */
  #tellState(): void {
    const states = [this.#up.state, this.#down.state];
    const state = ORDER.find((one) => states.includes(one)) ?? 'new';
    if (this.#isClosed || state === this.#state) return;
    this.#state = state;
    for (const participantId of this.#participantIds)
      guarded(() => this.#host.onConnectionState(participantId, state));
  }
}

/** What is said of two connections: what is wrong with one of them, or how far the better one is. */
const ORDER: readonly ConnectionState[] = ['failed', 'reconnecting', 'connected', 'connecting', 'new'];
