import { randomFillSync } from 'node:crypto';

/** Makes ids nobody can guess: 96 random bits in base64url. Drawn in lots, since each draw costs more than its bytes. */
export class RandomIds {
  readonly #lot = Buffer.alloc(ID_BYTES * IDS_OF_A_LOT);
  #used = this.#lot.length;

  next(): string {
    if (this.#used === this.#lot.length) {
      randomFillSync(this.#lot);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += ID_BYTES;
    return this.#lot.toString('base64url', start, this.#used);
  }
}

const ID_BYTES = 12;
const IDS_OF_A_LOT = 64;
