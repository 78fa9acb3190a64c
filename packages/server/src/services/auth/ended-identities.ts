import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../observe/log.js';

/**
 * Participants whose session is over, by the identity TURN knows them by, until nothing they were given is good any
 * more: their resume token is refused, also by the next run of the server, and they allocate no more. Kept in a file of
 * the data folder, a line each; the newest 10,000 count.
 */
export class EndedIdentities {
  readonly #path: string;
  readonly #wallClock: () => number;
  readonly #log: Log;
  /** Identity to the second of 1970 it can be forgotten in; oldest note first. */
  readonly #until = new Map<string, number>();
  #lines = 0;
  #isBroken = false;

  /** Reads what the run before has left. `wallClock`: seconds since 1970. */
  constructor(options: { dataDir: string; wallClock: () => number; log: Log }) {
    this.#path = join(options.dataDir, FILE);
    this.#wallClock = options.wallClock;
    this.#log = options.log;
    for (const line of readLines(this.#path)) {
      const [, until, identity] = /^(\d{1,12}) (\S+)$/.exec(line) ?? [];
      if (identity !== undefined) this.#keep(identity, Number(until));
    }
    this.#rewrite();
  }

  get size(): number {
    return this.#until.size;
  }

  /** The identity is over; remembered until a second of 1970. */
  note(identity: string, until: number): void {
    this.#keep(identity, until);
    if (++this.#lines > 2 * MOST) this.#rewrite();
    else {
      this.#write(() => {
        appendFileSync(this.#path, `${until} ${identity}\n`, { mode: 0o600 });
      });
    }
  }

  has(identity: string): boolean {
    const until = this.#until.get(identity);
    return until !== undefined && until > this.#wallClock();
  }

  #keep(identity: string, until: number): void {
    this.#until.delete(identity);
    this.#until.set(identity, until);
    if (this.#until.size > MOST) this.#until.delete(this.#until.keys().next().value!);
  }

  /** Leaves out what is over. */
  #rewrite(): void {
    const now = this.#wallClock();
    for (const [identity, until] of this.#until) if (until <= now) this.#until.delete(identity);
    this.#lines = this.#until.size;
    const text = [...this.#until].map(([identity, until]) => `${until} ${identity}\n`).join('');
    this.#write(() => {
      writeFileSync(`${this.#path}.new`, text, { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    });
  }

  /** Calls go on when the disk is full: only a restart would forget then. */
  #write(run: () => void): void {
    try {
      run();
      this.#isBroken = false;
    } catch (error) {
      if (this.#isBroken) return;
      this.#isBroken = true;
      this.#log(
        'warn',
        'Who has left cannot be written down; after a restart they could come back for two minutes',
        {
          file: this.#path,
          reason: error instanceof Error ? error.message : String(error),
        },
      );
    }
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

const FILE = 'ended-participants';
const MOST = 10_000;
