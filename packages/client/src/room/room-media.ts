import { MEDIA_SERVER } from '@madang/wire/media-server';
import type { IceServer, Topology } from '@madang/wire/room-state';
import type { DataMessage, DataSender } from '../api/data.js';
import type { VideoCodec } from '../api/room.js';
import type { WantedMedia } from '../api/track.js';
import type { LimitationReason } from '../mesh/limitation-ladder.js';
import type { RelayedMessage } from '../mesh/link.js';
import { Mesh } from '../mesh/mesh.js';
import type { MediaHost, SentTrack } from '../mesh/mesh-host.js';
import { ServerMedia } from '../server-media/server-media.js';
import type { MediaServerMessage } from '../server-media/server-media.js';
import type { PostedBody } from '../signaling/request-body.js';
import type { MonitoredServer } from '../stats/server-monitor.js';
import type { MonitoredLink } from '../stats/statistics-poller.js';
import type { MediaCarrier } from './media-carrier.js';

export interface RoomMediaHost extends MediaHost {
  /** Sends a message nobody waits for the answer of. */
  signal(message: PostedBody): void;
  onData(message: DataMessage): void;
  /** Video of somebody is not sent because others have spoken since, or may come (again). */
  onWithheld(participantId: string, trackId: string, isWithheld: boolean): void;
}

export interface RoomMediaOptions {
  /** `participantId` of this client. */
  readonly localId: string;
  readonly topology: Topology;
  /** Media through TURN only. */
  readonly relayOnly: boolean;
  readonly iceServers: readonly IceServer[];
  readonly videoCodec: VideoCodec;
  /** Most videos of cameras that come from the server; undefined: as many as it sends. */
  readonly lastN: number | undefined;
}

/**
 * How what is sent in a room gets to the others: media by what the topology says, data always from browser to browser.
 * Channels outlive a change of the topology, so the mesh does.
 */
export class RoomMedia {
  readonly #host: RoomMediaHost;
  readonly #options: RoomMediaOptions;
  readonly #mesh: Mesh;
  readonly #participantIds = new Set<string>();
  readonly #tracks = new Map<string, SentTrack>();
  #iceServers: readonly IceServer[];
  #lastN: number | undefined;
  #server: ServerMedia | undefined;

  constructor(host: RoomMediaHost, options: RoomMediaOptions) {
    const { localId, relayOnly, iceServers, topology } = options;
    this.#host = host;
    this.#options = options;
    this.#iceServers = iceServers;
    this.#lastN = options.lastN;
    this.#mesh = new Mesh(
      {
        signal: (message) => host.signal(message),
        onTrack: (...details) => host.onTrack(...details),
        onTrackEnded: (...details) => host.onTrackEnded(...details),
        onConnectionState: (participantId, state) => {
          // Of connections for data alone nothing is said: what people see goes another way.
          if (this.#server === undefined) host.onConnectionState(participantId, state);
        },
        onData: (message) => host.onData(message),
      },
      { localId, relayOnly, iceServers, reach: isByServer(topology) ? 'asNeeded' : 'everybody' },
    );
    if (isByServer(topology)) this.#server = this.#createServerMedia();
  }

  /** Connections that carry media from here to one participant each. */
  links(): Iterable<MonitoredLink> {
    return this.#server === undefined ? this.#mesh.links() : [];
  }

  /** The connections with the media server, where that carries the media. */
  get server(): MonitoredServer | undefined {
    return this.#server?.monitored;
  }

  /** Takes another way: it is begun before the one until now ends. */
  setTopology(topology: Topology): void {
    if (isByServer(topology) === (this.#server !== undefined)) return;
    if (isByServer(topology)) {
      const server = this.#createServerMedia();
      this.#server = server;
      for (const participantId of this.#participantIds) server.add(participantId);
      for (const track of this.#tracks.values()) server.publish(track);
      for (const trackId of this.#tracks.keys()) this.#mesh.unpublish(trackId);
      this.#mesh.setReach('asNeeded');
      return;
    }
    const server = this.#server;
    this.#server = undefined;
    for (const track of this.#tracks.values()) this.#mesh.publish(track);
    this.#mesh.setReach('everybody');
    server?.close();
  }

  add(participantId: string, role: 'newcomer' | 'present'): void {
    this.#participantIds.add(participantId);
    this.#mesh.add(participantId, role);
    this.#server?.add(participantId);
  }

  remove(participantId: string): void {
    this.#participantIds.delete(participantId);
    for (const carrier of this.#carriers()) carrier.remove(participantId);
  }

  /** A message of another participant or of the media server. */
  handle(message: RelayedMessage | MediaServerMessage): void {
    if (!('from' in message) || message.from === MEDIA_SERVER) this.#server?.handle(message);
    else this.#mesh.handle(message);
  }

  publish(track: SentTrack): void {
    this.#tracks.set(track.trackId, track);
    this.#carrier.publish(track);
  }

  unpublish(trackId: string): void {
    this.#tracks.delete(trackId);
    this.#carrier.unpublish(trackId);
  }

  async replace(trackId: string, track: MediaStreamTrack | null): Promise<void> {
    const known = this.#tracks.get(trackId);
    if (known !== undefined) this.#tracks.set(trackId, { ...known, track });
    await this.#carrier.replace(trackId, track);
  }

  /** What of somebody's track is to be sent to here; where nobody is in between there is nobody to tell. */
  want(participantId: string, trackId: string, wanted: WantedMedia): void {
    this.#server?.want(participantId, trackId, wanted);
  }

  /** Most videos of cameras that come from the server; `undefined`: as many as it sends. */
  setLastN(lastN: number | undefined): void {
    this.#lastN = lastN;
    this.#server?.setLastN(lastN);
  }

  /** @throws UsageError `invalidArgument`, `unknownParticipant` */
  openChannel(options: { to: string; label: string; reliable: boolean }): DataSender {
    return this.#mesh.openChannel(options);
  }

  setIceServers(iceServers: readonly IceServer[]): void {
    this.#iceServers = iceServers;
    for (const carrier of this.#carriers()) carrier.setIceServers(iceServers);
  }

  networkChanged(): void {
    for (const carrier of this.#carriers()) carrier.networkChanged();
  }

  signalingLost(): void {
    for (const carrier of this.#carriers()) carrier.signalingLost();
  }

  signalingRestored(): void {
    for (const carrier of this.#carriers()) carrier.signalingRestored();
  }

  /** The server was restarted: it knows the people and their tracks, and nothing of connections with it. */
  serverRestarted(): void {
    this.#server?.restart();
  }

  /** Somebody a restarted server did not know yet is there again: what was said to them was not delivered. */
  cameBack(): void {
    this.#mesh.signalingRestored();
  }

  /** What the browser says limits the video sent to a participant; by the server, it goes in sizes and limits itself. */
  reportLimitation(participantId: string, reason: LimitationReason): void {
    if (this.#server === undefined) this.#mesh.reportLimitation(participantId, reason);
  }

  /** Ends all connections. */
  close(): void {
    for (const carrier of this.#carriers()) carrier.close();
    this.#tracks.clear();
    this.#participantIds.clear();
  }

  get #carrier(): MediaCarrier {
    return this.#server ?? this.#mesh;
  }

  #carriers(): MediaCarrier[] {
    return this.#server === undefined ? [this.#mesh] : [this.#server, this.#mesh];
  }

  #createServerMedia(): ServerMedia {
    const { relayOnly, videoCodec } = this.#options;
    const host = this.#host;
    return new ServerMedia(
      {
        send: (message) => host.signal(message),
        onTrack: (...details) => host.onTrack(...details),
        onTrackEnded: (...details) => host.onTrackEnded(...details),
        onConnectionState: (...details) => host.onConnectionState(...details),
        onWithheld: (...details) => host.onWithheld(...details),
      },
      { relayOnly, iceServers: this.#iceServers, videoCodec, lastN: this.#lastN },
    );
  }
}

function isByServer(topology: Topology): boolean {
  return topology !== 'mesh';
}
