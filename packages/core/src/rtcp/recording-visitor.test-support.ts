import { readRtcp, type RtcpVisitor } from './rtcp-reader.js';

/** What a visitor was told: the method's name and its arguments. */
export type Visit = readonly [name: string, ...args: number[]];

/** Keeps what it is told; transport-wide feedback as offset and length. */
export class RecordingVisitor implements RtcpVisitor {
  readonly visits: Visit[] = [];

  senderReport(...args: number[]): void {
    this.visits.push(['senderReport', ...args]);
  }
  receptionReport(...args: number[]): void {
    this.visits.push(['receptionReport', ...args]);
  }
  nack(...args: number[]): void {
    this.visits.push(['nack', ...args]);
  }
  pictureLossIndication(...args: number[]): void {
    this.visits.push(['pictureLossIndication', ...args]);
  }
  fullIntraRequest(...args: number[]): void {
    this.visits.push(['fullIntraRequest', ...args]);
  }
  receiverEstimatedMaximumBitrate(...args: number[]): void {
    this.visits.push(['receiverEstimatedMaximumBitrate', ...args]);
  }
  transportFeedback(_bytes: Uint8Array, offset: number, length: number): void {
    this.visits.push(['transportFeedback', offset, length]);
  }
  bye(...args: number[]): void {
    this.visits.push(['bye', ...args]);
  }
}

/** Reads a packet that lies behind some other octets; offsets in visits count from its start. */
export function visitsOf(packet: Uint8Array): { isRead: boolean; visits: readonly Visit[] } {
  const before = 5;
  const bytes = new Uint8Array(before + packet.length + 40).fill(0xaa);
  bytes.set(packet, before);
  const visitor = new RecordingVisitor();
  const isRead = readRtcp(bytes, before, packet.length, visitor);
  const visits = visitor.visits.map((visit): Visit => {
    if (visit[0] !== 'transportFeedback') return visit;
    return [visit[0], visit[1]! - before, visit[2]!];
  });
  return { isRead, visits };
}

export function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
}
