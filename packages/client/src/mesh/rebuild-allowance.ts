const MOST = 8;
const ONE_EVERY_MS = 2000;

/** How many new RTCPeerConnections another participant may demand: some at once, then one every two seconds. */
export class RebuildAllowance {
  #left = MOST;
  #countedAtMs: number;

  constructor(nowMs: number) {
    this.#countedAtMs = nowMs;
  }

  take(nowMs: number): boolean {
    const earned = Math.floor((nowMs - this.#countedAtMs) / ONE_EVERY_MS);
    if (earned > 0) {
      this.#left = Math.min(MOST, this.#left + earned);
      this.#countedAtMs += earned * ONE_EVERY_MS;
    }
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}
