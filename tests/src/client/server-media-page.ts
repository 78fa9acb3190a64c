/// <reference lib="dom" />
// Runs in the browser: people whose media goes through a media server made of RTCPeerConnections of the same page.
import type { ConnectionState, DataMessage, Topology, VideoCodec } from '@madang/client';
import { RoomMedia } from '@madang/client/room/room-media';
import type { MediaSection } from '@madang/wire/media-server';
import type { RelayedOfferMessage } from '@madang/wire/server-messages';
import { pause, until } from './mesh-page.js';

type Said = Parameters<ConstructorParameters<typeof RoomMedia>[0]['signal']>[0];
type Heard = Parameters<RoomMedia['handle']>[0];
/** A message to a participant before it has a number. */
type Told = Heard extends infer M ? (M extends Heard ? Omit<M, 'seq'> : never) : never;

/** The server's side of one participant. */
interface Client {
  readonly tell: (message: Told) => void;
  up?: { readonly connection: RTCPeerConnection; readonly fingerprint: string };
  down?: { readonly connection: RTCPeerConnection; readonly sections: Map<RTCRtpTransceiver, MediaSection> };
  /** Tracks that come up, by name. */
  readonly published: Map<string, MediaStreamTrack>;
  /** Something changed while an offer waited for its answer. */
  isStale: boolean;
  work: Promise<void>;
}

/** Forwards every track to everybody else, by the messages of the protocol; decodes and encodes on the way. */
export class PageMediaServer {
  readonly #clients = new Map<string, Client>();

  join(participantId: string, tell: (message: Told) => void): void {
    this.#clients.set(participantId, { tell, published: new Map(), isStale: false, work: Promise.resolve() });
  }

  /** Loses all connections, as a server does that is restarted. */
  restart(): void {
    for (const client of this.#clients.values()) {
      client.up?.connection.close();
      client.down?.connection.close();
      delete client.up;
      delete client.down;
      client.published.clear();
    }
  }

  /** What `unpublish` does: the track may end without a word about the connection. */
  unpublish(from: string, trackId: string): void {
    const client = this.#clients.get(from)!;
    client.work = client.work.then(() => {
      client.published.delete(trackId);
      this.#offerOthers(from);
    });
  }

  handle(from: string, message: Said): void {
    const client = this.#clients.get(from)!;
    client.work = client.work.then(async () => {
      if (message.type === 'offer' && message.connection === 'up') await this.#answerUp(from, message.sdp);
      if (message.type === 'offer' && message.connection === 'down') await this.#offerDown(from, 'anew');
      if (message.type === 'answer') {
        await client.down?.connection.setRemoteDescription({ type: 'answer', sdp: message.sdp });
        if (client.isStale) await this.#offerDown(from, 'changed');
      }
    });
  }

  async #answerUp(from: string, sdp: string): Promise<void> {
    const client = this.#clients.get(from)!;
    const fingerprint = /^a=fingerprint:.*$/m.exec(sdp)![0];
    if (client.up?.fingerprint !== fingerprint) {
      client.up?.connection.close();
      client.up = { connection: new RTCPeerConnection(), fingerprint };
      client.published.clear();
    }
    const { connection } = client.up;
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription();
    client.published.clear();
    for (const { receiver, currentDirection, mid } of connection.getTransceivers()) {
      if (currentDirection === 'recvonly') client.published.set(trackIdOf(sdp, mid!), receiver.track);
    }
    const answer = takeSimulcast(sdp, await gathered(connection));
    client.tell({ type: 'answer', from: 'sfu', sdp: answer, connection: 'up' });
    this.#offerOthers(from);
  }

  #offerOthers(from: string): void {
    for (const [id, other] of this.#clients) {
      if (id !== from) other.work = other.work.then(() => this.#offerDown(id, 'changed'));
    }
  }

  async #offerDown(to: string, why: 'anew' | 'changed'): Promise<void> {
    const client = this.#clients.get(to)!;
    if (why === 'anew') {
      client.down?.connection.close();
      delete client.down;
      client.tell({ type: 'mediaRestart', connection: 'down' });
    }
    client.isStale = client.down?.connection.signalingState === 'have-local-offer';
    if (client.isStale) return;
    const wanted = [...this.#clients].flatMap(([participantId, { published }]) =>
      participantId === to
        ? []
        : [...published].map(([trackId, track]) => ({ participantId, trackId, track })),
    );
    if (wanted.length === 0 && client.down === undefined) return;
    client.down ??= { connection: new RTCPeerConnection(), sections: new Map() };
    const { connection, sections } = client.down;
    for (const [transceiver, { participantId, trackId }] of sections) {
      const match = wanted.find((one) => one.participantId === participantId && one.trackId === trackId);
      if (match?.track === transceiver.sender.track) continue;
      sections.delete(transceiver);
      transceiver.direction = 'inactive';
    }
    for (const { participantId, trackId, track } of wanted) {
      if ([...sections.keys()].some(({ sender }) => sender.track === track)) continue;
      const free = connection
        .getTransceivers()
        .find((one) => !sections.has(one) && one.receiver.track.kind === track.kind);
      const transceiver = free ?? connection.addTransceiver(track, { direction: 'sendonly' });
      transceiver.direction = 'sendonly';
      await transceiver.sender.replaceTrack(track);
      if (track.kind === 'audio') keepPlaying(track);
      sections.set(transceiver, { mid: '', participantId, trackId });
    }
    await connection.setLocalDescription();
    const media = [...sections].map(([{ mid }, section]) => ({ ...section, mid: mid! }));
    const sdp = await gathered(connection);
    client.tell({ type: 'offer', from: 'sfu', sdp, connection: 'down', media } as Omit<
      RelayedOfferMessage,
      'seq'
    >);
  }
}

/** Chromium forwards the sound of another connection only while something plays it. */
function keepPlaying(track: MediaStreamTrack): void {
  const audio = new Audio();
  Object.assign(audio, { muted: true, srcObject: new MediaStream([track]) });
  audio.play().catch(() => undefined);
}

async function gathered(connection: RTCPeerConnection): Promise<string> {
  await until('all candidates', () => connection.iceGatheringState === 'complete');
  return connection.localDescription!.sdp;
}

function sectionOf(sdp: string, mid: string): string {
  return sdp.split(/^(?=m=)/m).find((section) => section.includes(`a=mid:${mid}\r\n`)) ?? '';
}

function trackIdOf(sdp: string, mid: string): string {
  return /^a=msid:(\S+)/m.exec(sectionOf(sdp, mid))![1]!;
}

/** Chromium as a receiver takes no simulcast; a media server does. */
function takeSimulcast(offer: string, answer: string): string {
  return answer
    .split(/^(?=m=)/m)
    .map((section) => {
      const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
      const rids = /^a=simulcast:send (\S+)/m.exec(mid === undefined ? '' : sectionOf(offer, mid))?.[1];
      if (rids === undefined) return section;
      const lines = rids.split(';').map((rid) => `a=rid:${rid} recv\r\n`);
      return `${section}${lines.join('')}a=simulcast:recv ${rids}\r\n`;
    })
    .join('');
}

/** One participant of a room whose media goes through the server, and everything it was told. */
export class Guest {
  readonly id: string;
  readonly media: RoomMedia;
  /** By sender and trackId. */
  readonly tracks = new Map<string, MediaStreamTrack>();
  /** `track b/1`, `end b/1`: how often the media of tracks came and went. */
  readonly told: string[] = [];
  readonly states: ConnectionState[] = [];
  readonly messages: DataMessage[] = [];

  constructor(hall: Hall, id: string, topology: Topology, videoCodec: VideoCodec) {
    this.id = id;
    this.media = new RoomMedia(
      {
        signal: (message) => hall.carry(id, message),
        onTrack: (from, trackId, track) => {
          this.tracks.set(`${from}/${trackId}`, track);
          this.told.push(`track ${from}`);
        },
        onTrackEnded: (from, trackId, track) => {
          if (hall.isOver) return;
          this.told.push(`end ${from}`);
          if (this.tracks.get(`${from}/${trackId}`) === track) this.tracks.delete(`${from}/${trackId}`);
        },
        onConnectionState: (_from, state) => !hall.isOver && this.states.push(state),
        onData: (message) => this.messages.push(message),
        onWithheld: () => undefined,
      },
      { localId: id, topology, relayOnly: false, iceServers: [], videoCodec, lastN: undefined },
    );
  }

  from(other: Guest, trackId: string): MediaStreamTrack | undefined {
    return this.tracks.get(`${other.id}/${trackId}`);
  }
}

/** Carries messages between people and to their media server, in order and a moment later. */
export class Hall {
  readonly guests = new Map<string, Guest>();
  readonly server = new PageMediaServer();
  /** What was carried: `a>sfu offer up`. */
  readonly carried: string[] = [];
  readonly said: Said[] = [];
  isOver = false;

  enter(id: string, topology: Topology = 'sfu', videoCodec: VideoCodec = 'VP8'): Guest {
    const guest = new Guest(this, id, topology, videoCodec);
    this.server.join(id, (message) => this.#deliver(id, message));
    for (const other of this.guests.values()) {
      other.media.add(id, 'newcomer');
      guest.media.add(other.id, 'present');
    }
    this.guests.set(id, guest);
    return guest;
  }

  carry(from: string, message: Said): void {
    this.said.push(message);
    if (message.type === 'receive') this.carried.push(`${from}>sfu receive`);
    if (message.type !== 'offer' && message.type !== 'answer' && message.type !== 'candidate') return;
    const { to, ...rest } = message;
    if (message.type !== 'candidate') {
      const about = to === 'sfu' ? ` ${message.connection}` : '';
      this.carried.push(`${from}>${to} ${message.type}${about}`);
    }
    if (to === 'sfu') setTimeout(() => this.server.handle(from, message), 2);
    else this.#deliver(to, { ...rest, from });
  }

  count(what: string): number {
    return this.carried.filter((one) => one === what).length;
  }

  async setTopology(topology: Topology): Promise<void> {
    for (const { media } of this.guests.values()) {
      media.setTopology(topology);
      await pause(5);
    }
  }

  end(): void {
    this.isOver = true;
    for (const { media } of this.guests.values()) media.close();
    this.server.restart();
  }

  #deliver(to: string, message: Told): void {
    setTimeout(() => this.guests.get(to)?.media.handle({ ...message, seq: 1 } as Heard), 2);
  }
}
