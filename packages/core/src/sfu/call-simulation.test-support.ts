import { LinkSimulation, stepAt } from '../cc/link-simulation.test-support.js';
import type { LinkOptions, LinkUser, Steps } from '../cc/link-simulation.test-support.js';
import { TransportFeedbackRecorder } from '../rtcp/transport-feedback-writer.js';
import { instant } from '../time/instant.js';
import { buildVp8 } from './rewriting/payload-builder.test-support.js';
import { camera, FakeTransport, microphone, RouterYard, sent } from './sfu-harness.test-support.js';
import type { SentRtp } from './sfu-harness.test-support.js';

/** What the publisher sends, and how it is looked at. */
export interface CallOptions {
  /** Bitrates of the encodings, smallest picture first. */
  readonly encodingBps: readonly number[];
  /** From each second on, what there is to send of all encodings beside their bitrates. Default: all of it. */
  readonly activity?: Steps;
  readonly framesPerSecond?: number;
  /** Of the picture: 1 (all frames alike) or 3 (a quarter, half, all of them). Default: 3. */
  readonly temporalLayers?: 1 | 3;
  /** Pixels in which the subscriber shows it. */
  readonly shown?: { readonly width: number; readonly height: number };
  /** No sound beside the picture. */
  readonly isSilent?: boolean;
  /** In these seconds nothing gets through to the subscriber or back. */
  readonly cut?: readonly [fromSeconds: number, toSeconds: number];
  /** At that second packets begin to take another path. */
  readonly pathChangesAtSeconds?: number;
}

/** Figures of the subscriber, every 100 ms: index 0 is the time from 0 to 100 ms. */
export interface Reception {
  /** Frames that arrived whole. */
  readonly frames: number[];
  /** Encoding of the last one of these; -1: none. */
  readonly encodings: number[];
  readonly bytes: number[];
  /** Longest time in the queue of the link. */
  readonly queueMs: number[];
}

const UP = 1;
const DOWN = 2;
const FIRST_SSRC = 11;
const AUDIO_SSRC = 10;
const VIDEO_DOWN_SSRC = 900;
const PAYLOAD_BYTES = 1100;

type Leave = (packet: SentRtp, bytes: number) => void;

/** A transport whose packets enter a link. */
class LinkTransport extends FakeTransport {
  readonly #leave: Leave;

  constructor(transportId: number, leave: Leave) {
    super(transportId);
    this.#leave = leave;
  }

  override sendRtp(...packet: Parameters<FakeTransport['sendRtp']>): void {
    super.sendRtp(...packet);
    this.#leave(this.rtp.pop()!, packet[1] + OVERHEAD_BYTES);
  }
}

/** A camera and a microphone in a room of the router, and a subscriber behind a link. */
export class SimulatedCall implements LinkUser {
  readonly reception: Reception = { frames: [], encodings: [], bytes: [], queueMs: [] };
  readonly yard = new RouterYard();
  readonly #options: CallOptions;
  readonly #simulation: LinkSimulation<SimulatedCall>;
  readonly #random: () => number;
  readonly #up: FakeTransport;
  readonly #down: FakeTransport;
  readonly #feedback = new TransportFeedbackRecorder();
  /** Packets on their way by transport-wide sequence number. */
  readonly #underWay = new Map<number, SentRtp>();
  /** Numbers of video packets that did not come, and when they are asked for. */
  readonly #missing = new Map<number, { askAt: number; readonly untilMs: number }>();
  #highest = -1;
  /** Parts of frames that arrived. */
  readonly #parts = new Map<string, number>();
  readonly #wantedRids = new Set(['q', 'h', 'f']);
  readonly #sequences: number[] = [];
  readonly #pictures: number[] = [];
  readonly #places: number[] = [];
  #nextFrameAt = 0;
  #nextAudioAt = 0;
  #audioSequence = 0;
  #nextFeedbackAt = 7;
  #reportsRead = 0;
  #hasOtherPath = false;

  constructor(options: CallOptions, simulation: LinkSimulation<SimulatedCall>, random: () => number) {
    this.#options = options;
    this.#simulation = simulation;
    this.#random = random;
    const { yard } = this;
    this.#up = yard.open(UP, 'up', 'mina');
    const encodings = options.encodingBps.length > 1 ? undefined : { encodings: [{}] };
    const [sound, picture] = [microphone('mina'), camera('mina', encodings)];
    yard.receive(UP, sound, picture);
    yard.open(DOWN, 'down', 'joon');
    this.#down = new LinkTransport(DOWN, (packet, bytes) => {
      this.#underWay.set(packet.transportSequence, packet);
      simulation.transmit(this, packet.transportSequence, bytes);
    });
    yard.router.connected(this.#down);
    yard.send(DOWN, sent(sound, '0', VIDEO_DOWN_SSRC - 10), sent(picture, '1', VIDEO_DOWN_SSRC));
    const { width, height } = options.shown ?? { width: 1280, height: 720 };
    const { participantId, trackId } = picture;
    const preferences = [{ participantId, trackId, paused: false, width, height }];
    yard.router.handle(yard.now, { kind: 'prefer', transportId: DOWN, preferences });
    for (const index of options.encodingBps.keys()) {
      this.#sequences[index] = 100;
      this.#pictures[index] = 0;
      this.#places[index] = -1;
    }
  }

  tick(ms: number): void {
    const { yard } = this;
    yard.now = instant(ms + CLOCK_MS);
    if (ms >= 1000 * (this.#options.pathChangesAtSeconds ?? Infinity) && !this.#hasOtherPath) {
      this.#hasOtherPath = true;
      this.#down.pathChanges++;
    }
    this.#obey();
    if (this.#options.isSilent !== true)
      for (; this.#nextAudioAt <= ms; this.#nextAudioAt += 20) this.#sendAudio();
    const frameMs = 1000 / (this.#options.framesPerSecond ?? 30);
    for (; this.#nextFrameAt <= ms; this.#nextFrameAt += frameMs) this.#sendFrames(ms, frameMs);
    if (ms % 10 === 0) yard.router.handleTimeout(yard.now);
    if (ms % 10 === 5) this.#askForMissing(ms);
    if (ms >= this.#nextFeedbackAt) {
      this.#nextFeedbackAt += 50;
      this.#tellArrivals();
    }
  }

  note(ms: number, bytes: number, queueMs: number): void {
    const at = Math.floor(ms / 100);
    add(this.reception.bytes, at, bytes);
    add(this.reception.queueMs, at, 0);
    this.reception.queueMs[at] = Math.max(this.reception.queueMs[at]!, queueMs);
  }

  arrived(ms: number, sequence: number): void {
    const packet = this.#underWay.get(sequence);
    this.#underWay.delete(sequence);
    if (this.#isCut(ms)) return;
    this.#feedback.arrived(instant(ms), sequence);
    if (packet === undefined) return;
    // A retransmission begins with the number of the packet it repeats (RFC 4588).
    const isAgain = packet.ssrc === VIDEO_DOWN_SSRC + 1 && packet.payload.length > 10;
    if (isAgain) this.#missing.delete(packet.payload[0]! * 256 + packet.payload[1]!);
    else if (packet.ssrc !== VIDEO_DOWN_SSRC) return;
    else this.#noteSequence(ms, packet.sequenceNumber);
    if (packet.payload.length < 8) return;
    const [encoding, high, low, parts] = packet.payload.slice(-4) as [number, number, number, number];
    const name = `${encoding} ${high} ${low}`;
    const count = (this.#parts.get(name) ?? 0) + 1;
    this.#parts.set(name, count);
    if (count < parts) return;
    this.#parts.delete(name);
    const at = Math.floor(ms / 100);
    add(this.reception.frames, at, 1);
    this.reception.encodings[at] = encoding;
  }

  #noteSequence(ms: number, sequence: number): void {
    if (this.#highest >= 0) {
      for (
        let missed = (this.#highest + 1) & 0xffff;
        isBefore(missed, sequence);
        missed = (missed + 1) & 0xffff
      )
        this.#missing.set(missed, { askAt: ms, untilMs: ms + 1000 });
    }
    this.#missing.delete(sequence);
    if (this.#highest < 0 || isBefore(this.#highest, sequence)) this.#highest = sequence;
  }

  /** Asks for what is missing, again after each round trip. */
  #askForMissing(ms: number): void {
    for (const [sequence, wanted] of this.#missing) {
      if (ms > wanted.untilMs) this.#missing.delete(sequence);
      if (ms < wanted.askAt) continue;
      wanted.askAt = ms + 3 * this.#simulation.oneWayMs + 50;
      if (this.#isCut(ms)) continue;
      this.#simulation.after(this.#simulation.oneWayMs, () =>
        this.yard.tell(DOWN, (rtcp) => rtcp.nack(1, VIDEO_DOWN_SSRC, Uint16Array.of(sequence), 1)),
      );
    }
  }

  #isCut(ms: number): boolean {
    const [from, to] = this.#options.cut ?? [Infinity, Infinity];
    return ms >= 1000 * from && ms < 1000 * to;
  }

  /** Does what the server asks the publisher for. */
  #obey(): void {
    for (const said of this.#up.rtcp.splice(0)) {
      const [what, ssrc] = said.split(' ');
      if (what === 'PLI' || what === 'FIR') this.#places[Number(ssrc) - FIRST_SSRC] = -1;
    }
    const { reports } = this.yard;
    for (; this.#reportsRead < reports.length; this.#reportsRead++) {
      const report = reports[this.#reportsRead]!;
      if (report.kind !== 'encodingsWanted') continue;
      for (const [index, rid] of RIDS.entries()) {
        if (!this.#wantedRids.has(rid) && report.rids.includes(rid)) this.#places[index] = -1;
      }
      this.#wantedRids.clear();
      for (const rid of report.rids) this.#wantedRids.add(rid);
    }
  }

  #sendAudio(): void {
    const sequenceNumber = this.#audioSequence++;
    const timestamp = sequenceNumber * 960;
    const payload = new Array<number>(80).fill(7);
    this.yard.arrive(UP, {
      ssrc: AUDIO_SSRC,
      sequenceNumber,
      timestamp,
      payloadType: 111,
      mid: '0',
      payload,
    });
  }

  #sendFrames(ms: number, frameMs: number): void {
    const activity = this.#options.activity === undefined ? 1 : stepAt(this.#options.activity, ms);
    const isSingle = this.#options.encodingBps.length === 1;
    for (const [encoding, bitrateBps] of this.#options.encodingBps.entries()) {
      if (!isSingle && !this.#wantedRids.has(RIDS[encoding]!)) continue;
      this.#sendFrame(ms, encoding, (activity * bitrateBps * frameMs) / 8000);
    }
  }

  #sendFrame(ms: number, encoding: number, meanBytes: number): void {
    const isKey = this.#places[encoding] === -1;
    const hasLayers = this.#options.temporalLayers !== 1;
    const place = isKey ? 0 : (this.#places[encoding]! + 1) % 4;
    this.#places[encoding] = place;
    const temporalLayer = hasLayers ? [0, 2, 1, 2][place]! : 0;
    const share = hasLayers ? LAYER_SHARES[temporalLayer]! : 1;
    const bytes = meanBytes * (isKey ? 5 : share) * (0.75 + this.#random() / 2);
    const parts = Math.max(1, Math.ceil(bytes / PAYLOAD_BYTES));
    const pictureId = this.#pictures[encoding]!++ & 0x7fff;
    for (let part = 0; part < parts; part++) {
      const head = buildVp8({
        isStart: part === 0,
        isKey,
        pictureId,
        tl0PicIdx: pictureId & 0xff,
        temporalLayer,
        isSwitchUp: true,
      });
      const [width, height] = [320 << encoding, 180 << encoding];
      const size =
        isKey && part === 0
          ? [0, 0, 0x9d, 1, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8]
          : [];
      const payload = [...head.slice(0, -1), ...size, ...new Array<number>(Math.ceil(bytes / parts)).fill(1)];
      payload.push(encoding, pictureId >> 8, pictureId & 0xff, parts);
      this.yard.arrive(UP, {
        ssrc: FIRST_SSRC + encoding,
        sequenceNumber: this.#sequences[encoding]!++,
        timestamp: Math.round(ms * 90),
        marker: part === parts - 1,
        mid: '1',
        ...(this.#options.encodingBps.length > 1 && { rid: RIDS[encoding]! }),
        payload,
      });
    }
  }

  #tellArrivals(): void {
    const bytes = new Uint8Array(1200);
    const now = this.yard.now;
    for (;;) {
      const length = this.#feedback.write(instant(now - CLOCK_MS), 1, 2, bytes, 0, bytes.length);
      if (length === 0) return;
      const copy = bytes.slice(0, length);
      if (this.#isCut(now - CLOCK_MS)) continue;
      this.#simulation.after(this.#simulation.oneWayMs, () => this.yard.tellBytes(DOWN, copy));
    }
  }
}

function isBefore(earlier: number, later: number): boolean {
  const ahead = (later - earlier) & 0xffff;
  return ahead > 0 && ahead < 0x8000;
}

function add(values: number[], at: number, value: number): void {
  while (values.length <= at) values.push(0);
  values[at]! += value;
}

/** Runs a call over a link. */
export function simulateCall(
  seconds: number,
  link: LinkOptions,
  options: CallOptions,
  seed: number,
): Reception {
  const simulation = new LinkSimulation<SimulatedCall>(link, seed, (behind, random) => [
    new SimulatedCall(options, behind, random),
  ]);
  simulation.run(seconds);
  return simulation.users[0]!.reception;
}

const RIDS = ['q', 'h', 'f'] as const;
/** Of a frame of each temporal layer beside the mean: 40, 20 and 40 % of the bits. */
const LAYER_SHARES = [1.6, 0.8, 0.8];
/** IP, UDP and the tag of SRTP. */
const OVERHEAD_BYTES = 44;
const CLOCK_MS = 5000;
