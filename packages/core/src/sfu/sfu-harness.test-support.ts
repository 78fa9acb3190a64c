import { writeU16, writeU32 } from '../bytes/big-endian.js';
import type { Random } from '../env/random.js';
import type { RtcpVisitor } from '../rtcp/rtcp-reader.js';
import { readRtcp } from '../rtcp/rtcp-reader.js';
import { RtcpWriter } from '../rtcp/rtcp-writer.js';
import { RtpHeaderWriter } from '../rtp/rtp-header-writer.js';
import { RtpPacketView } from '../rtp/rtp-packet-view.js';
import type { Instant } from '../time/instant.js';
import { after, instant } from '../time/instant.js';
import type { MediaReport } from './media-commands.js';
import type { Codec, HeaderExtensions, ReceivedMedia, SentMedia } from './media-parameters.js';
import type { RouterTransport } from './router-transport.js';
import { SfuRouter } from './sfu-router.js';

export const EXTENSIONS: HeaderExtensions = {
  mid: 4,
  rid: 10,
  repairedRid: 11,
  absSendTime: 2,
  transportWideCc: 3,
  audioLevel: 1,
};
export const VP8: Codec = {
  name: 'VP8',
  payloadType: 96,
  rtxPayloadType: 97,
  clockRate: 90_000,
  parameters: '',
};
export const OPUS: Codec = {
  name: 'opus',
  payloadType: 111,
  clockRate: 48_000,
  channels: 2,
  parameters: 'useinbandfec=1',
};

/** What left through a transport, in words that compare. */
export interface SentRtp {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly mid: string;
  readonly transportSequence: number;
  readonly payload: number[];
}

/** A transport that keeps what is sent. */
export class FakeTransport implements RouterTransport {
  readonly transportId: number;
  isConnected = true;
  roundTripMs = 20;
  pathChanges = 1;
  readonly slotBytes = new Uint8Array(4096);
  readonly slotOffset = 7;
  readonly rtp: SentRtp[] = [];
  /** Requests and reports by name. */
  readonly rtcp: string[] = [];
  #begun = false;

  constructor(transportId: number) {
    this.transportId = transportId;
  }

  beginPacket(capacityBytes: number): boolean {
    if (this.#begun) throw new Error('a packet was begun and neither sent nor dropped');
    if (capacityBytes > this.slotBytes.length - this.slotOffset) throw new Error(`${capacityBytes} bytes`);
    this.#begun = this.isConnected;
    return this.#begun;
  }

  sendRtp(
    headerLength: number,
    length: number,
    extendedSequence: number,
    source = this.slotBytes,
    sourceOffset = this.slotOffset + headerLength,
  ): void {
    this.#end();
    const payload = source.subarray(sourceOffset, sourceOffset + length - headerLength);
    this.slotBytes.set(payload, this.slotOffset + headerLength);
    const view = new RtpPacketView();
    if (!view.parseHeader(this.slotBytes, this.slotOffset, length) || !view.readPayload(length)) {
      throw new Error('a malformed packet was sent');
    }
    if (view.headerLength !== headerLength) throw new Error('the header has another length');
    if ((extendedSequence & 0xffff) !== view.sequenceNumber) throw new Error('the sequence numbers differ');
    const midAt = view.findExtension(EXTENSIONS.mid!);
    const mid =
      midAt < 0 ? '' : String.fromCharCode(...this.slotBytes.subarray(midAt, midAt + view.extensionLength));
    const ccAt = view.findExtension(EXTENSIONS.transportWideCc!);
    const { ssrc, payloadType, sequenceNumber, timestamp, marker, payloadOffset, payloadLength } = view;
    this.rtp.push({
      ssrc,
      payloadType,
      sequenceNumber,
      timestamp,
      marker,
      mid,
      transportSequence: ccAt < 0 ? -1 : (this.slotBytes[ccAt]! << 8) | this.slotBytes[ccAt + 1]!,
      payload: [...this.slotBytes.subarray(payloadOffset, payloadOffset + payloadLength)],
    });
  }

  sendRtcp(length: number): void {
    this.#end();
    const said = this.rtcp;
    const visitor: RtcpVisitor = {
      senderReport: (ssrc, _seconds, _fraction, timestamp) => said.push(`SR ${ssrc} ${timestamp}`),
      receptionReport: (_reporter, ssrc, fractionLost) => said.push(`RR ${ssrc} ${fractionLost}`),
      nack: (_sender, ssrc, packetId, bitmask) => said.push(`NACK ${ssrc} ${packetId} ${bitmask}`),
      pictureLossIndication: (_sender, ssrc) => said.push(`PLI ${ssrc}`),
      fullIntraRequest: (_sender, ssrc) => said.push(`FIR ${ssrc}`),
      receiverEstimatedMaximumBitrate: () => said.push('REMB'),
      transportFeedback: () => said.push('TWCC'),
      bye: (ssrc) => said.push(`BYE ${ssrc}`),
    };
    if (!readRtcp(this.slotBytes, this.slotOffset, length, visitor))
      throw new Error('malformed RTCP was sent');
  }

  dropPacket(): void {
    this.#end();
  }

  #end(): void {
    if (!this.#begun) throw new Error('no packet was begun');
    this.#begun = false;
  }
}

/** What a publisher sends. */
export interface PacketOptions {
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly timestamp?: number;
  readonly payloadType?: number;
  readonly marker?: boolean;
  readonly mid?: string;
  readonly rid?: string;
  readonly repairedRid?: string;
  /** -dBov. */
  readonly audioLevel?: number;
  readonly payload?: readonly number[];
}

/** A router, its clock, and transports by number. */
export class RouterYard {
  now: Instant = instant(1000);
  readonly reports: MediaReport[] = [];
  readonly router = new SfuRouter({
    random: countingRandom(),
    report: (report) => this.reports.push(report),
    maximumDownBps: 20_000_000,
  });
  readonly transports = new Map<number, FakeTransport>();
  readonly #view = new RtpPacketView();
  readonly #rtcp = new RtcpWriter();

  open(transportId: number, direction: 'up' | 'down', participantId: string, room = 'tea'): FakeTransport {
    const transport = {
      transportId,
      room,
      participantId,
      direction,
      iceUfrag: `u${transportId}`,
      icePwd: 'p',
    };
    this.router.handle(this.now, { kind: 'openTransport', transport });
    const fake = new FakeTransport(transportId);
    this.transports.set(transportId, fake);
    this.router.connected(fake);
    return fake;
  }

  receive(transportId: number, ...media: ReceivedMedia[]): void {
    this.router.handle(this.now, { kind: 'setReceived', transportId, media });
  }

  send(transportId: number, ...media: SentMedia[]): void {
    this.router.handle(this.now, { kind: 'setSent', transportId, media });
  }

  /** A packet arrives over an up connection. */
  arrive(transportId: number, options: PacketOptions): void {
    const {
      ssrc,
      sequenceNumber,
      timestamp = 3000,
      payloadType = 96,
      marker = false,
      mid,
      rid,
      repairedRid,
    } = options;
    const bytes = new Uint8Array(1600);
    const writer = new RtpHeaderWriter();
    writer.begin(bytes, 100, payloadType, marker, sequenceNumber & 0xffff, timestamp, ssrc);
    for (const [id, text] of [
      [EXTENSIONS.mid!, mid],
      [EXTENSIONS.rid!, rid],
      [EXTENSIONS.repairedRid!, repairedRid],
    ] as const) {
      if (text !== undefined)
        writer.addExtension(
          id,
          Uint8Array.from(text, (one) => one.charCodeAt(0)),
          0,
          text.length,
        );
    }
    writeU16(bytes, writer.reserveExtension(EXTENSIONS.transportWideCc!, 2), sequenceNumber & 0xffff);
    if (options.audioLevel !== undefined)
      bytes[writer.reserveExtension(EXTENSIONS.audioLevel!, 1)] = 0x80 | options.audioLevel;
    const header = writer.end();
    const payload = options.payload ?? [];
    bytes.set(payload, 100 + header);
    const length = header + payload.length;
    if (!this.#view.parseHeader(bytes, 100, length) || !this.#view.readPayload(length))
      throw new Error('malformed');
    this.router.handleRtp(this.now, transportId, this.#view, this.now);
    this.router.flush(this.now);
  }

  /** RTCP arrives. */
  tell(transportId: number, write: (rtcp: RtcpWriter) => void): void {
    const bytes = new Uint8Array(1500);
    this.#rtcp.start(bytes, 0, 1500);
    write(this.#rtcp);
    this.router.handleRtcp(this.now, transportId, bytes, 0, this.#rtcp.length);
  }

  tellBytes(transportId: number, bytes: Uint8Array): void {
    this.router.handleRtcp(this.now, transportId, bytes, 0, bytes.length);
  }

  pass(ms: number): void {
    for (const end = after(this.now, ms); this.now < end;) {
      this.now = after(this.now, 10);
      this.router.handleTimeout(this.now);
    }
  }
}

/** A VP8 payload (RFC 7741) with picture id and TL0PICIDX; the first of a key frame has the size in it. */
export function vp8(frame: {
  key?: boolean;
  start?: boolean;
  picture: number;
  tl0?: number;
  width?: number;
  height?: number;
  fill?: number;
}): number[] {
  const {
    key = false,
    start = true,
    picture,
    tl0 = picture & 0xff,
    width = 640,
    height = 360,
    fill = 0,
  } = frame;
  const descriptor = [
    0x80 | (start ? 0x10 : 0),
    0xe0,
    0x80 | ((picture >>> 8) & 0x7f),
    picture & 0xff,
    tl0,
    0x00,
  ];
  const body = start
    ? key
      ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8]
      : [0x11, 0, 0]
    : [fill];
  return [...descriptor, ...body, fill, fill];
}

export function microphone(participantId: string, over: Partial<ReceivedMedia> = {}): ReceivedMedia {
  return {
    participantId,
    trackId: 'microphone',
    mid: '0',
    kind: 'audio',
    source: 'microphone',
    codecs: [OPUS],
    extensions: EXTENSIONS,
    encodings: [{}],
    muted: false,
    ...over,
  };
}

export function camera(participantId: string, over: Partial<ReceivedMedia> = {}): ReceivedMedia {
  return {
    participantId,
    trackId: 'camera',
    mid: '1',
    kind: 'video',
    source: 'camera',
    codecs: [VP8],
    extensions: EXTENSIONS,
    encodings: [{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }],
    muted: false,
    ...over,
  };
}

export function sent(media: ReceivedMedia, mid: string, ssrc: number): SentMedia {
  const { participantId, trackId, kind, codecs } = media;
  const rtx = kind === 'video' && { rtxSsrc: ssrc + 1 };
  const own = codecs.map((codec) => ({
    ...codec,
    payloadType: codec.payloadType - 60,
    ...(codec.rtxPayloadType && { rtxPayloadType: codec.rtxPayloadType - 60 }),
  }));
  return { participantId, trackId, mid, kind, ssrc, ...rtx, cname: 'c', codecs: own, extensions: EXTENSIONS };
}

/** Bytes that count up, so that every run is the same. */
function countingRandom(): Random {
  let next = 1;
  const fill = (into: Uint8Array): void => {
    const view = new Uint8Array(4);
    for (let i = 0; i < into.length; i++) {
      writeU32(view, 0, next++);
      into[i] = view[3]!;
    }
  };
  return { fillPublic: fill, fillSecret: fill };
}
