import { MEDIA_SERVER } from '@madang/wire/media-server';
import type { MediaSection } from '@madang/wire/media-server';
import type { RelayedOfferMessage } from '@madang/wire/server-messages';
import type { ConnectionState } from '../api/connection.js';
import { createConnection } from '../mesh/create-connection.js';
import { guarded } from '../mesh/guarded.js';
import type { IceRecovery } from '../mesh/ice-recovery.js';
import type { MediaHost } from '../mesh/mesh-host.js';
import { RecoveryDriver } from '../mesh/recovery-driver.js';
import { compactAnswer } from './compact-answer.js';
import { compareSections } from './sections.js';
import type { Sections } from './sections.js';
import type { ServerLinkPort } from './server-link-port.js';

type TrackHost = Pick<MediaHost, 'onTrack' | 'onTrackEnded'>;

const NOTHING: Sections = new Map();

/** What the media server sends to this client, over as many RTCPeerConnections as that takes; none before its first offer. */
export class DownLink {
  readonly #port: ServerLinkPort;
  readonly #host: TrackHost;
  readonly #tracks = new Map<string, MediaStreamTrack>();
  #connection: RTCPeerConnection | undefined;
  /** There is one while there is a connection: what is not there is not in trouble. */
  #recovery: RecoveryDriver | undefined;
  #sections: Sections = NOTHING;
  /** The one `#sections` are of. */
  #assignedConnection: RTCPeerConnection | undefined;
  /** What the next offer is about; `stale`: one asked for since, so it was on its way before and concerns nobody. */
  #nextOffer: 'same' | 'other' | 'stale' = 'other';
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(port: ServerLinkPort, host: TrackHost) {
    this.#port = port;
    this.#host = host;
  }

  get state(): ConnectionState {
    return this.#recovery?.state ?? 'new';
  }

  get peerConnection(): RTCPeerConnection | undefined {
    return this.#connection;
  }

  get sections(): Sections {
    return this.#sections;
  }

  /** Offers are answered one after the other. */
  receiveOffer(offer: RelayedOfferMessage): void {
    const connection = this.#nextOffer;
    if (connection === 'stale') return;
    this.#nextOffer = 'same';
    this.#work = this.#work.then(() => this.#apply(offer, connection));
  }

  /** The server has begun anew: its next offer is for another RTCPeerConnection. */
  restart(): void {
    this.#nextOffer = 'other';
    // Where nothing comes, there may be no offer for long.
    if (this.#sections.size === 0) this.#end();
    else this.#recovery?.tell((recovery, nowMs) => recovery.settled(nowMs));
  }

  /** Tells the recovery what happened outside of the connection. */
  tell(happened: (recovery: IceRecovery, nowMs: number) => void): void {
    this.#recovery?.tell(happened);
  }

  setConfiguration(): void {
    // A server that cannot be used is no reason to lose the connection there is.
    guarded(() => this.#connection?.setConfiguration(this.#port.configuration()));
  }

  close(): void {
    this.#isClosed = true;
    this.#end();
    this.#assign(NOTHING);
  }

  #end(): void {
    const recovery = this.#recovery;
    this.#connection?.close();
    this.#connection = undefined;
    this.#recovery = undefined;
    recovery?.stop();
  }

  /** Only the server can offer, so a restart is its too. */
  #askAnew(): void {
    this.#nextOffer = 'stale';
    this.#recovery?.tell((recovery, nowMs) => recovery.offerSent(nowMs));
    this.#port.send({ type: 'offer', to: MEDIA_SERVER, sdp: '', connection: 'down' });
  }

  async #apply({ sdp, media = [] }: RelayedOfferMessage, about: 'same' | 'other'): Promise<void> {
    if (this.#isClosed) return;
    try {
      const connection = about === 'same' ? this.#connection : this.#begin();
      if (connection === undefined) return;
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await connection.setLocalDescription();
      const answer = connection.localDescription?.sdp;
      if (answer === undefined || connection.signalingState === 'closed') return;
      this.#port.send({ type: 'answer', to: MEDIA_SERVER, sdp: compactAnswer(answer), connection: 'down' });
      this.#assign(sectionsOf(media));
      this.#recovery?.tell((recovery, nowMs) => recovery.settled(nowMs));
    } catch {
      if (!this.#hasEnded()) this.#recovery?.tell((recovery) => recovery.fault());
    }
  }

  // A method, since the compiler would otherwise take it to be what it was before an await.
  #hasEnded(): boolean {
    return this.#isClosed;
  }

  /** @throws DOMException where the browser makes no further RTCPeerConnection */
  #begin(): RTCPeerConnection {
    const connection = createConnection(this.#port.configuration());
    connection.addEventListener('connectionstatechange', () => {
      const { connectionState } = connection;
      if (this.#connection !== connection) return;
      this.#recovery?.tell((recovery, nowMs) => recovery.observe(connectionState, nowMs));
    });
    this.#connection?.close();
    this.#connection = connection;
    const { onState } = this.#port;
    this.#recovery ??= new RecoveryDriver({ help: () => this.#askAnew(), onState }, { polite: false });
    this.#recovery.tell((recovery, nowMs) => recovery.rebuilt(nowMs));
    return connection;
  }

  /** Tells what comes and goes. A track of another RTCPeerConnection takes the place of the one before. */
  #assign(after: Sections): void {
    const before = this.#sections;
    const isSame = this.#assignedConnection === this.#connection;
    const { ended, begun } = compareSections(before, after, isSame ? 'same' : 'other');
    this.#sections = after;
    this.#assignedConnection = this.#connection;
    for (const { mid, participantId, trackId } of ended) {
      const track = this.#tracks.get(mid);
      if (track !== undefined) guarded(() => this.#host.onTrackEnded(participantId, trackId, track));
    }
    for (const mid of before.keys()) if (!after.has(mid)) this.#tracks.delete(mid);
    for (const section of begun) this.#tell(section);
  }

  #tell({ mid, participantId, trackId }: MediaSection): void {
    const transceivers = this.#connection?.getTransceivers() ?? [];
    const receiver = transceivers.find((one) => one.mid === mid)?.receiver;
    if (receiver === undefined) return;
    this.#tracks.set(mid, receiver.track);
    guarded(() => this.#host.onTrack(participantId, trackId, receiver.track, receiver));
  }
}

function sectionsOf(media: readonly MediaSection[]): Sections {
  return new Map(media.map((section) => [section.mid, section]));
}
