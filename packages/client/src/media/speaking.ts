/** Loudness (see `loudnessOf`) from which somebody counts as heard: -42 dBFS. */
const SPEAKING_LEVEL = 0.3;
/** So many samples in a row have to be loud before somebody speaks: one is a click or a cough. */
const ATTACK_SAMPLES = 2;
/** Pauses up to this long belong to speaking. */
const RELEASE_MS = 600;
/** Who speaks changes places only with somebody this much softer, so that the order does not flicker. */
const ORDER_MARGIN = 0.1;
/** How much of the smoothed loudness a sample makes up. */
const SMOOTHING = 0.3;

interface Voice {
  loudSamples: number;
  lastLoudAtMs: number;
  smoothed: number;
}

/** Says from levels who is speaking. Pure: no clock, no browser. */
export class SpeakingDetector {
  readonly #voices = new Map<string, Voice>();
  #speakers: readonly string[] = [];

  /** Who speaks, loudest first. The same array as before while nothing changes. */
  get speakers(): readonly string[] {
    return this.#speakers;
  }

  /**
   * Takes one sample, about each 200 ms.
   * @param levels loudness of everybody who is there, 0 to 1; who is missing is forgotten
   * @param atMs milliseconds by a steady clock
   */
  update(levels: ReadonlyMap<string, number>, atMs: number): readonly string[] {
    for (const id of this.#voices.keys()) if (!levels.has(id)) this.#voices.delete(id);
    for (const [id, level] of levels) this.#hear(id, level, atMs);
    const speaking = (id: string): boolean => this.#isSpeaking(id, atMs);
    const staying = this.#speakers.filter(speaking);
    const coming = [...levels.keys()].filter((id) => !staying.includes(id) && speaking(id));
    const order = this.#byLoudness([...staying, ...coming]);
    const isSame = order.length === this.#speakers.length && order.every((id, i) => id === this.#speakers[i]);
    if (!isSame) this.#speakers = order;
    return this.#speakers;
  }

  #hear(id: string, level: number, atMs: number): void {
    const voice = this.#voices.get(id) ?? { loudSamples: 0, lastLoudAtMs: -Infinity, smoothed: level };
    this.#voices.set(id, voice);
    voice.smoothed += SMOOTHING * (level - voice.smoothed);
    voice.loudSamples = level >= SPEAKING_LEVEL ? voice.loudSamples + 1 : 0;
    const goesOn = this.#speakers.includes(id) && level >= SPEAKING_LEVEL;
    if (goesOn || voice.loudSamples >= ATTACK_SAMPLES) voice.lastLoudAtMs = atMs;
  }

  #isSpeaking(id: string, atMs: number): boolean {
    return atMs - (this.#voices.get(id)?.lastLoudAtMs ?? -Infinity) < RELEASE_MS;
  }

  /** Insertion sort in which one overtakes another only when it is clearly louder. */
  #byLoudness(ids: readonly string[]): readonly string[] {
    const loudness = (id: string | undefined): number => this.#voices.get(id ?? '')?.smoothed ?? 0;
    const order: string[] = [];
    for (const id of ids) {
      let place = order.length;
      while (place > 0 && loudness(id) > loudness(order[place - 1]) + ORDER_MARGIN) place -= 1;
      order.splice(place, 0, id);
    }
    return order;
  }
}
