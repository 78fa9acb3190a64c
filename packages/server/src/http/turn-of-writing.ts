/** Something that gathers what it has to send. */
export interface Writer {
  /** Sends what was gathered, if anything was. */
  flush(): void;
}

/**
 * Lets what a client is sent in one turn of the event loop leave in one piece: half of what writing costs is the
 * system call, and under load a client often has several messages to get at the same time.
 */
export class TurnOfWriting {
  #writers: Writer[] = [];

  /** Flushes a writer when everything that has arrived by now has been handled. To be called once before each flush. */
  join(writer: Writer): void {
    if (this.#writers.length === 0) setImmediate(this.#end);
    this.#writers.push(writer);
  }

  readonly #end = (): void => {
    const writers = this.#writers;
    // A flush that ends a connection may give others something to say.
    this.#writers = [];
    for (const writer of writers) writer.flush();
  };
}
