/** Who is large stays so for at least this long, however people interrupt each other. */
const LEAST_SHOWN_MS = 2500;

/** Somebody has to be the loudest for this long to become large: a cough is no speech. */
const LEAST_HEARD_MS = 600;

/** Chooses whose picture is large in the speaker view. Pure: times are given. */
export class SpeakerChoice {
  #shown: string | undefined;
  #shownSince = -Infinity;
  #candidate: string | undefined;
  #candidateSince = 0;

  /** Whose picture is to be large; undefined until somebody has spoken. */
  get shown(): string | undefined {
    return this.#shown;
  }

  /**
   * Takes in who is heard now, the loudest first, without oneself. Answers in how many milliseconds to ask again although
   * nothing was heard to change; undefined when there is no need.
   */
  update(speakers: readonly string[], nowMs: number): number | undefined {
    const loudest = speakers[0];
    // Whoever is large and still speaks stays, whoever else is louder just now.
    if (loudest === undefined || (this.#shown !== undefined && speakers.includes(this.#shown))) {
      this.#candidate = undefined;
      return undefined;
    }
    if (loudest !== this.#candidate) {
      this.#candidate = loudest;
      this.#candidateSince = nowMs;
    }
    const heardAt = this.#shown === undefined ? nowMs : this.#candidateSince + LEAST_HEARD_MS;
    const dueAt = Math.max(heardAt, this.#shownSince + LEAST_SHOWN_MS);
    if (nowMs < dueAt) return dueAt - nowMs;
    this.#shown = loudest;
    this.#shownSince = nowMs;
    this.#candidate = undefined;
    return undefined;
  }

  /** Forgets somebody who left. */
  remove(participantId: string): void {
    if (this.#shown === participantId) {
      this.#shown = undefined;
      this.#shownSince = -Infinity;
    }
    if (this.#candidate === participantId) this.#candidate = undefined;
  }
}
