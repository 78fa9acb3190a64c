/** The people of a room in the order in which they spoke: who speaks now first, then who has stopped last. */
export class SpeakingOrder {
  readonly #participantIds: string[] = [];
  /** So many at the front speak now. */
  #speaking = 0;
  /** What `take` answered last. */
  #told: readonly string[] = [];

  /** Who speaks now. */
  get speaking(): readonly string[] {
    return this.#participantIds.slice(0, this.#speaking);
  }

  began(participantId: string): void {
    this.#remove(participantId);
    this.#participantIds.unshift(participantId);
    this.#speaking++;
  }

  ended(participantId: string): void {
    this.#remove(participantId);
    this.#participantIds.splice(this.#speaking, 0, participantId);
  }

  forget(participantId: string): void {
    this.#remove(participantId);
  }

  /** The order, if it is another one than when this was called last. */
  take(): readonly string[] | undefined {
    const now = this.#participantIds;
    const told = this.#told;
    if (now.length === told.length && now.every((one, place) => one === told[place])) return undefined;
    this.#told = [...now];
    return this.#told;
  }

  #remove(participantId: string): void {
    const at = this.#participantIds.indexOf(participantId);
    if (at < 0) return;
    this.#participantIds.splice(at, 1);
    if (at < this.#speaking) this.#speaking--;
  }
}
