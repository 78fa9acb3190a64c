/**
 * AES-GCM with one key over a packet that lies in one buffer: header (authenticated), text (encrypted in place), tag
 * (16 bytes after the text). RFC 7714 for SRTP, RFC 5116 for the algorithm.
 */
export interface Aead {
  /** Encrypts in place and writes the tag after the text. Throws RangeError when the buffer has no room for it. */
  seal(packet: AeadPacket): void;
  /** Checks the tag, decrypts in place. False when the tag is wrong: the text must not be used then. */
  open(packet: AeadPacket): boolean;
  /** Frees what is held; not to be used afterwards. */
  free(): void;
}

/** Offsets into `buffer`; a caller may keep one object and change it for each packet. */
export interface AeadPacket {
  buffer: Uint8Array;
  aadOffset: number;
  aadBytes: number;
  /** Length does not include the tag, which stands at textOffset + textBytes. */
  textOffset: number;
  textBytes: number;
  /** The 12-byte initialisation vector stands in `ivBuffer` at `ivOffset`. */
  ivBuffer: Uint8Array;
  ivOffset: number;
}

export const AEAD_TAG_BYTES = 16;
export const AEAD_IV_BYTES = 12;

/** Throws RangeError unless everything a packet names lies inside its buffers. */
export function assertAeadPacket(packet: AeadPacket): void {
  const { buffer, aadOffset, aadBytes, textOffset, textBytes, ivBuffer, ivOffset } = packet;
  const inside =
    aadOffset >= 0 &&
    aadBytes >= 0 &&
    textOffset >= 0 &&
    textBytes >= 0 &&
    ivOffset >= 0 &&
    aadOffset + aadBytes <= buffer.length &&
    textOffset + textBytes + AEAD_TAG_BYTES <= buffer.length &&
    ivOffset + AEAD_IV_BYTES <= ivBuffer.length;
  if (!inside) throw new RangeError('AEAD packet reaches outside its buffer');
}
