/** Something that gathers what it has to send. */
export interface Writer {
  /** Sends what was gathered, if anything was. */
  flush(): void;
}

/**
 * Lets what a client is sent in one turn of the event loop leave in one piece: half of what writing costs is the
 * system call, and under load a client has an answer and somebody's message to get at the same time. What nobody waits
 * for leaves with what comes next, as TCP does with its acknowledgements.
 */
export class TurnOfWriting {
  readonly #held = new Set<Writer>();
  readonly #late = new Set<Writer>();

  /** Flushes a writer when everything that has arrived by now has been handled. */
  join(writer: Writer): void {
    if (this.#held.size === 0) setImmediate(this.#end);
    this.#held.add(writer);
  }

  /** Flushes a writer with what else it is to send, and in `LATER_MS` if there is nothing. */
  joinLater(writer: Writer): void {
    if (this.#late.size === 0) setTimeout(this.#endLate, LATER_MS);
    this.#late.add(writer);
  }

  readonly #end = (): void => {
    for (const writer of this.#held) writer.flush();
    this.#held.clear();
  };

  readonly #endLate = (): void => {
    for (const writer of this.#late) writer.flush();
    this.#late.clear();
  };
}

/** As long as systems let an acknowledgement of TCP wait for something to go with. */
const LATER_MS = 100;
