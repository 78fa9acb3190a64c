import assert from 'node:assert/strict';
import type { RtcpVisitor } from '@madang/core/rtcp/rtcp-reader';
import { readRtcp } from '@madang/core/rtcp/rtcp-reader';
import { RtcpWriter } from '@madang/core/rtcp/rtcp-writer';

const copy = new Uint8Array(100_000);
const writer = new RtcpWriter();
const requests = new Uint16Array(17);
const noSources = new Uint32Array(0);

/** Notes what it is told, and writes it again. */
class Copier implements RtcpVisitor {
  readonly notes: string[] = [];

  senderReport(...args: Parameters<RtcpVisitor['senderReport']>): void {
    this.#note('senderReport', args, writer.senderReport(...args));
  }

  receptionReport(reporterSsrc: number, ...block: BlockParameters): void {
    const isAdded = writer.receiverReport(reporterSsrc) && writer.reportBlock(...block);
    this.#note('receptionReport', [reporterSsrc, ...block], isAdded);
  }

  nack(senderSsrc: number, mediaSsrc: number, packetId: number, bitmask: number): void {
    let count = 0;
    requests[count++] = packetId;
    for (let i = 0; i < 16; i++) if ((bitmask >> i) & 1) requests[count++] = packetId + 1 + i;
    const isAdded = writer.nack(senderSsrc, mediaSsrc, requests, count);
    this.#note('nack', [senderSsrc, mediaSsrc, packetId, bitmask], isAdded);
  }

  pictureLossIndication(...args: [number, number]): void {
    this.#note('pictureLossIndication', args, writer.pictureLossIndication(...args));
  }

  fullIntraRequest(...args: [number, number, number]): void {
    this.#note('fullIntraRequest', args, writer.fullIntraRequest(...args));
  }

  receiverEstimatedMaximumBitrate(senderSsrc: number, bitrateBps: number): void {
    const isAdded = writer.receiverEstimatedMaximumBitrate(senderSsrc, bitrateBps, noSources, 0);
    this.#note('receiverEstimatedMaximumBitrate', [senderSsrc, bitrateBps], isAdded);
  }

  transportFeedback(bytes: Uint8Array, offset: number, length: number): void {
    assert.ok(offset >= 0 && length >= 12 && offset + length <= bytes.length);
  }

  bye(ssrc: number): void {
    this.#note('bye', [ssrc], writer.bye(ssrc));
  }

  #note(name: string, args: readonly number[], isAdded: boolean): void {
    for (const value of args) assert.ok(Number.isFinite(value));
    assert.ok(isAdded, `no room for ${name}`);
    this.notes.push(`${name} ${args.join()}`);
  }
}

/** What `receptionReport` tells behind the reporter is what `reportBlock` takes. */
type BlockParameters = Parameters<RtcpWriter['reportBlock']>;

/**
 * One input of the RTCP reader: it never throws, never changes its input, and what it told, written and read again, is
 * told again.
 */
export default function rtcp(bytes: Uint8Array): void {
  const before = bytes.slice();
  writer.start(copy, 0, copy.length);
  const told = new Copier();
  readRtcp(bytes, 0, bytes.length, told);
  assert.deepEqual(bytes, before);
  if (writer.length === 0) return;
  const packet = copy.slice(0, writer.length);
  writer.start(copy, 0, copy.length);
  const toldAgain = new Copier();
  assert.ok(readRtcp(packet, 0, packet.length, toldAgain), 'what was written is malformed');
  assert.deepEqual(toldAgain.notes, told.notes);
  assert.deepEqual(copy.slice(0, writer.length), packet);
}
