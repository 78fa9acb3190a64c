import assert from 'node:assert/strict';
import type { MediaCommand } from '@madang/core/sfu/media-commands';
import type { ReceivedMedia, SentMedia } from '@madang/core/sfu/media-parameters';
import type { MediaServerMessage } from '@madang/core/room/room-contract';
import { instant } from '@madang/core/time/instant';
import type { WallClockSeconds } from '@madang/core/time/instant';
import type { Participant, Role, Topology, TrackInfo } from '@madang/wire/room-state';
import type { Unnumbered } from '@madang/wire/server-messages';
import { LOCAL } from './fixtures.test-support.js';
import { SfuService } from './sfu-service.js';

type Told<T extends Unnumbered['type']> = Extract<Unnumbered, { type: T }>;

/** A media service with workers that remember what they were told, and people who talk to it. */
export class SfuHarness {
  readonly commands: { readonly worker: number; readonly command: MediaCommand }[] = [];
  readonly told: { readonly to: string; readonly message: Unnumbered }[] = [];
  readonly logged: string[] = [];
  readonly service: SfuService;
  nowMs = 0;
  readonly #rooms = new Map<string, Map<string, Participant>>();
  #isInside = false;
  #requests = 0;

  constructor(workers = 1, lastN = 25) {
    this.service = new SfuService({
      lastN,
      workers: {
        count: workers,
        command: (worker, command) => this.commands.push({ worker, command: structuredClone(command) }),
        endpoints: () => LOCAL.endpoints,
        fingerprint: LOCAL.fingerprint,
      },
      clock: { now: () => instant(this.nowMs), wallClock: () => 0 as WallClockSeconds },
      tell: (to, message) => {
        assert.equal(this.#isInside, false, 'told from inside of a call of signaling');
        this.told.push({ to, message });
      },
      log: (level, message) => this.logged.push(`${level} ${message}`),
    });
  }

  /** People as they are now; tracks are `trackId` of `kind source`, with `muted` behind it. */
  async put(room: string, name: string, tracks: Tracks = {}, role: Role = 'member'): Promise<void> {
    const people = this.#rooms.get(room) ?? new Map<string, Participant>();
    this.#rooms.set(room, people);
    const infos = Object.entries(tracks).map(([trackId, what]): TrackInfo => {
      const [kind, source, muted] = what.split(' ') as [TrackInfo['kind'], TrackInfo['source'], string?];
      return { trackId, kind, source, muted: muted === 'muted' };
    });
    people.set(name, { participantId: name, name, role, handRaised: false, tracks: infos });
    await this.change(room);
  }

  async leave(room: string, name: string): Promise<void> {
    this.#rooms.get(room)?.delete(name);
    await this.change(room);
  }

  async change(room: string, topology: Topology = 'sfu'): Promise<void> {
    const people = this.#rooms.get(room);
    const participants = [...(people?.values() ?? [])];
    const settings = { name: room, locked: false, lobby: false, topology, waiting: [] };
    await this.#call(() => {
      this.service.roomChanged(room, participants.length === 0 ? undefined : { ...settings, participants });
    });
  }

  offer(room: string, from: string, sdp: string, connection: string | undefined = 'up'): Promise<void> {
    const id = ++this.#requests;
    return this.say(room, from, { type: 'offer', id, to: 'sfu', sdp, ...(connection && { connection }) });
  }

  /** Answers the last offer somebody got, or that text. */
  answer(room: string, from: string, sdp = answerTo(this.last(from, 'offer').sdp, from)): Promise<void> {
    return this.say(room, from, { type: 'answer', id: ++this.#requests, to: 'sfu', sdp, connection: 'down' });
  }

  say(room: string, from: string, message: MediaServerMessage): Promise<void> {
    return this.#call(() => {
      this.service.handleMessage(room, from, message);
    });
  }

  /** All somebody was told of a kind. */
  all<T extends Unnumbered['type']>(to: string, type: T): Told<T>[] {
    return this.told.flatMap((one) =>
      one.to === to && one.message.type === type ? (one.message as Told<T>) : [],
    );
  }

  last<T extends Unnumbered['type']>(to: string, type: T): Told<T> {
    const last = this.all(to, type).at(-1);
    assert.ok(last !== undefined, `${to} was told no ${type}`);
    return last;
  }

  /** What somebody's last offer says it carries. */
  offered(to: string): string[] {
    return (this.last(to, 'offer').media ?? []).map(
      (one) => `${one.mid} ${one.participantId} ${one.trackId}`,
    );
  }

  /** The transport somebody has now. */
  transport(participantId: string, direction: 'up' | 'down'): number {
    const id = this.transports()
      .filter((one) => one.participantId === participantId && one.direction === direction)
      .at(-1)?.transportId;
    assert.ok(id !== undefined, `${participantId} has no transport ${direction}`);
    return id;
  }

  /** Transports that are open by the commands. */
  transports(): Extract<MediaCommand, { kind: 'openTransport' }>['transport'][] {
    const closed = new Set(
      this.commands.flatMap(({ command }) => (command.kind === 'closeTransport' ? command.transportId : [])),
    );
    return this.commands.flatMap(({ command }) =>
      command.kind === 'openTransport' && !closed.has(command.transport.transportId) ? command.transport : [],
    );
  }

  received(participantId: string): readonly ReceivedMedia[] {
    return this.#lastOf('setReceived', this.transport(participantId, 'up'))?.media ?? [];
  }

  sent(participantId: string): readonly SentMedia[] {
    return this.#lastOf('setSent', this.transport(participantId, 'down'))?.media ?? [];
  }

  /** Kinds of commands since the last call. */
  kinds(): string[] {
    return this.commands.splice(0).map(({ command }) => command.kind);
  }

  /** Lets what is to be told later be told. */
  async settle(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  #lastOf<K extends 'setReceived' | 'setSent'>(kind: K, transportId: number) {
    return this.commands
      .flatMap(({ command }) =>
        command.kind === kind && command.transportId === transportId
          ? (command as Extract<MediaCommand, { kind: K }>)
          : [],
      )
      .at(-1);
  }

  async #call(run: () => void): Promise<void> {
    this.#isInside = true;
    run();
    this.#isInside = false;
    await this.settle();
  }
}

interface Peer {
  readonly ice?: number;
  readonly session?: number;
  readonly certificate?: number;
}

export type Tracks = Readonly<Record<string, string>>;

/** An offer of a client: `trackId: kind`; `version` of its ICE credentials, `session` of its RTCPeerConnection. */
export function upOffer(tracks: Tracks, peer: Peer = {}): string {
  const { ice = 1, session = 1, certificate = session } = peer;
  const entries = Object.entries(tracks);
  const sections = entries.flatMap(([trackId, kind], index) => [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF 96 97`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${index}`,
    `a=msid:${trackId} x`,
    'a=sendonly',
    'a=rtcp-mux',
    'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    ...(kind === 'audio' ? ['a=rtpmap:96 opus/48000/2'] : ['a=rtpmap:97 VP8/90000']),
  ]);
  return lines([
    ...['v=0', `o=- ${session} 1 IN IP4 127.0.0.1`, 's=-', 't=0 0'],
    `a=group:BUNDLE ${entries.map((_, index) => index).join(' ')}`,
    ...transportLines(`u${session}v${ice}`, certificate, 'actpass'),
    ...sections,
  ]);
}

/** What a client answers to an offer of the server: all of it, or, for some mids, nothing. */
export function answerTo(offer: string, name: string, refused: readonly string[] = []): string {
  const [, ...sections] = offer.split(/^(?=m=)/m);
  const mids: string[] = [];
  const answers = sections.flatMap((section) => {
    const mid = /^a=mid:(.*)$/m.exec(section)![1]!.trim();
    const kept = section.split('\r\n').filter((line) => !/^a=(candidate|end-of|msid|ssrc)/.test(line));
    const [head = '', ...rest] = kept.filter((line) => line !== '');
    if (refused.includes(mid) || / 0 UDP/.test(head)) return [head.replace(' 9 ', ' 0 '), `a=mid:${mid}`];
    mids.push(mid);
    return [head, ...rest.map((line) => (line === 'a=sendonly' ? 'a=recvonly' : line))];
  });
  const session = name.length;
  return lines([
    ...['v=0', `o=- ${session} 1 IN IP4 127.0.0.1`, 's=-', 't=0 0', `a=group:BUNDLE ${mids.join(' ')}`],
    ...transportLines(`d${name}`, session, 'active'),
    ...answers,
  ]);
}

function transportLines(ufrag: string, certificate: number, setup: string): string[] {
  const digest = Array.from({ length: 32 }, () => certificate.toString(16).padStart(2, '0')).join(':');
  return [
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${ufrag.padEnd(22, 'x')}`,
    `a=fingerprint:sha-256 ${digest}`,
    `a=setup:${setup}`,
  ];
}

function lines(all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n`;
}
