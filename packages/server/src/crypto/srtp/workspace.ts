import { allocateSlab } from '../../native/ffi.js';
import { PacketMemory } from './packet-memory.js';

/** Memory that transforms share, because each uses it during one call only. */
export interface SrtpWorkspace {
  readonly packet: PacketMemory;
  /** Where the payload of a packet comes from, if it lies elsewhere. */
  readonly source: PacketMemory;
  /** A slab: initialisation vector, additional data and digest, at the places named below. */
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly ivAddress: number;
  readonly additionalDataAddress: number;
  readonly digestAddress: number;
}

export const ADDITIONAL_DATA_AT = 64;
export const DIGEST_AT = 128;

/** The workspace of this thread. */
export function srtpWorkspace(): SrtpWorkspace {
  return (workspace ??= createWorkspace());
}

let workspace: SrtpWorkspace | undefined;

function createWorkspace(): SrtpWorkspace {
  const { buffer, address } = allocateSlab(4096);
  return {
    packet: new PacketMemory(),
    source: new PacketMemory(),
    view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length),
    bytes: buffer,
    ivAddress: address,
    additionalDataAddress: address + ADDITIONAL_DATA_AT,
    digestAddress: address + DIGEST_AT,
  };
}
