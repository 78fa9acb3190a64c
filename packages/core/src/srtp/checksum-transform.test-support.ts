import { readU32, writeU32 } from '../bytes/big-endian.js';
import type { SrtpTransform } from '../env/srtp.js';

/**
 * A transform without secrets: the tag of an RTP packet is a sum over packet and roll-over counter, that of an RTCP
 * packet a sum over packet and index word; `forge` makes a sum wrong. Text is not hidden.
 */
export class ChecksumTransform implements SrtpTransform {
  readonly rtpOverheadBytes = 4;
  readonly rtcpOverheadBytes = 8;
  readonly rtcpIndexFromEnd = 8;
  /** Counters and indices that packets were protected with, in order. */
  readonly protectedWith: number[] = [];
  /** Calls that asked whether a packet is authentic. */
  checks = 0;

  protectRtp(bytes: Uint8Array, offset: number, _header: number, length: number, counter: number): number {
    this.protectedWith.push(counter);
    writeU32(bytes, offset + length, sum(bytes, offset, length, counter));
    return length + 4;
  }

  unprotectRtp(bytes: Uint8Array, offset: number, _header: number, length: number, counter: number): number {
    this.checks++;
    return readU32(bytes, offset + length - 4) === sum(bytes, offset, length - 4, counter) ? length - 4 : -1;
  }

  protectRtcp(bytes: Uint8Array, offset: number, length: number, index: number): number {
    this.protectedWith.push(index);
    writeU32(bytes, offset + length, index | 0x8000_0000);
    writeU32(bytes, offset + length + 4, sum(bytes, offset, length + 4, 0));
    return length + 8;
  }

  unprotectRtcp(bytes: Uint8Array, offset: number, length: number): number {
    this.checks++;
    return readU32(bytes, offset + length - 4) === sum(bytes, offset, length - 4, 0) ? length - 8 : -1;
  }

  free(): void {
    // Nothing is held.
  }
}

/** Spoils the tag at the end of a packet. */
export function forge(packet: Uint8Array): Uint8Array {
  const forged = packet.slice();
  forged[forged.length - 1]! ^= 1;
  return forged;
}

function sum(bytes: Uint8Array, offset: number, length: number, counter: number): number {
  let hash = counter ^ 0x811c_9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[offset + i]!, 0x0100_0193);
  return hash >>> 0;
}
