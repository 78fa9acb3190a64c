import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AEAD_IV_BYTES, AEAD_TAG_BYTES, assertAeadPacket } from './aead.js';
import type { Aead, AeadPacket } from './aead.js';

/** AES-GCM on node:crypto: works everywhere, about seven times slower per packet than the FFI one. */
export class NodeAead implements Aead {
  readonly #key: KeyObject;
  readonly #algorithm: 'aes-128-gcm' | 'aes-256-gcm';

  /** `key` has 16 or 32 bytes; anything else throws RangeError. */
  constructor(key: Uint8Array) {
    if (key.length !== 16 && key.length !== 32)
      throw new RangeError(`AES-GCM key of ${key.length} bytes: 16 or 32`);
    this.#algorithm = key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
    this.#key = createSecretKey(key);
  }

  seal(packet: AeadPacket): void {
    assertAeadPacket(packet);
    const { buffer, aadOffset, aadBytes, textOffset, textBytes } = packet;
    const cipher = createCipheriv(this.#algorithm, this.#key, ivOf(packet), {
      authTagLength: AEAD_TAG_BYTES,
    });
    cipher.setAAD(buffer.subarray(aadOffset, aadOffset + aadBytes));
    buffer.set(cipher.update(buffer.subarray(textOffset, textOffset + textBytes)), textOffset);
    cipher.final();
    buffer.set(cipher.getAuthTag(), textOffset + textBytes);
  }

  open(packet: AeadPacket): boolean {
    assertAeadPacket(packet);
    const { buffer, aadOffset, aadBytes, textOffset, textBytes } = packet;
    const decipher = createDecipheriv(this.#algorithm, this.#key, ivOf(packet), {
      authTagLength: AEAD_TAG_BYTES,
    });
    const tagOffset = textOffset + textBytes;
    decipher.setAuthTag(buffer.subarray(tagOffset, tagOffset + AEAD_TAG_BYTES));
    decipher.setAAD(buffer.subarray(aadOffset, aadOffset + aadBytes));
    const text = decipher.update(buffer.subarray(textOffset, tagOffset));
    try {
      decipher.final();
    } catch {
      return false;
    }
    buffer.set(text, textOffset);
    return true;
  }

  free(): void {}
}

function ivOf({ ivBuffer, ivOffset }: AeadPacket): Uint8Array {
  return ivBuffer.subarray(ivOffset, ivOffset + AEAD_IV_BYTES);
}
