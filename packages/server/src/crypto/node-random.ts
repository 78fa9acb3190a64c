import { randomFillSync } from 'node:crypto';
import type { Random } from '@madang/core/env/random';

const POOL_BYTES = 4096;

/**
 * `Random` on the operating system's generator. Each of the two kinds has its own pool, so bytes seen on the wire
 * never stand beside secret ones; bytes handed out are wiped from the pool.
 */
export class NodeRandom implements Random {
  readonly #public = new RandomPool();
  readonly #secret = new RandomPool();

  fillPublic(into: Uint8Array): void {
    this.#public.fill(into);
  }

  fillSecret(into: Uint8Array): void {
    this.#secret.fill(into);
  }
}

class RandomPool {
  readonly #bytes = new Uint8Array(POOL_BYTES);
  #used = POOL_BYTES;

  fill(into: Uint8Array): void {
    if (into.length > POOL_BYTES) {
      randomFillSync(into);
      return;
    }
    if (this.#used + into.length > POOL_BYTES) {
      randomFillSync(this.#bytes);
      this.#used = 0;
    }
    for (let i = 0; i < into.length; i++) {
      into[i] = this.#bytes[this.#used]!;
      this.#bytes[this.#used++] = 0;
    }
  }
}
