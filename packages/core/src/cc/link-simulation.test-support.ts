/** A value that changes in steps: from each second on, the value beside it. */
export type Steps = readonly (readonly [fromSeconds: number, value: number])[];

/** One direction of a path with a bottleneck. Feedback returns on a path of its own, without a queue. */
export interface LinkOptions {
  readonly capacityBps: Steps;
  /** What the queue holds, in ms at the highest capacity. */
  readonly queueMs: number;
  /** One way. */
  readonly delayMs: number;
  readonly lossFraction?: Steps;
  /** Up to so much more delay, anew for each packet; packets keep their order unless `reorders`. */
  readonly jitterMs?: Steps;
  readonly reorders?: boolean;
  /** Constant traffic of somebody else in the same queue. */
  readonly competingBps?: Steps;
  /** From that second on, a download in the same queue that takes all it gets (additive increase, halved by each loss). */
  readonly downloadFromSeconds?: number;
}

/** A sender behind the link and its receiver. */
export interface LinkUser {
  /** Called every millisecond. */
  tick(ms: number): void;
  /** A packet left the queue. */
  note(ms: number, bytes: number, queueMs: number): void;
  /** It is there. */
  arrived(ms: number, sequence: number): void;
}

interface Packet {
  readonly user: LinkUser | undefined;
  readonly sequence: number;
  readonly bytes: number;
  readonly queuedAt: number;
}

/** The mulberry32 generator: repeatable, good enough for packets. */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export function stepAt(steps: Steps, ms: number): number {
  let value = 0;
  for (const [fromSeconds, next] of steps) if (ms >= 1000 * fromSeconds) value = next;
  return value;
}

/** Users of one bottleneck, in steps of a millisecond of a virtual clock. */
export class LinkSimulation<User extends LinkUser> {
  readonly users: readonly User[];
  droppedPackets = 0;
  readonly #link: LinkOptions;
  readonly #random: () => number;
  readonly #queue: Packet[] = [];
  readonly #mostBytes: number;
  #queuedBytes = 0;
  #freeAt = 0;
  #latestArrival = 0;
  #competingBytes = 0;
  /** The window of the download, what is under way of it, and until when a loss counts as known. */
  #window = 12_000;
  #underWay = 0;
  #halvedUntil = 0;
  /** What happens later, in order of time. */
  readonly #later: { readonly at: number; readonly act: () => void }[] = [];
  #now = 0;

  constructor(
    link: LinkOptions,
    seed: number,
    users: (simulation: LinkSimulation<User>, random: () => number) => readonly User[],
  ) {
    this.#link = link;
    this.#random = seeded(seed);
    const most = Math.max(...link.capacityBps.map(([, bps]) => bps));
    this.#mostBytes = (most * link.queueMs) / 8000;
    this.users = users(this, this.#random);
  }

  run(seconds: number): void {
    for (; this.#now < 1000 * seconds; this.#now++) {
      const now = this.#now;
      while (this.#later.length > 0 && this.#later[0]!.at <= now) this.#later.shift()!.act();
      this.#compete(now);
      this.#download(now);
      for (const user of this.users) user.tick(now);
      this.#serve(now);
    }
  }

  after(ms: number, act: () => void): void {
    this.#at(this.#now + ms, act);
  }

  get oneWayMs(): number {
    return this.#link.delayMs;
  }

  queueDelayMs(): number {
    return (this.#queuedBytes * 8000) / stepAt(this.#link.capacityBps, this.#now);
  }

  transmit(user: LinkUser | undefined, sequence: number, bytes: number): void {
    if (this.#queuedBytes + bytes > this.#mostBytes) {
      this.droppedPackets++;
      return;
    }
    this.#queuedBytes += bytes;
    this.#queue.push({ user, sequence, bytes, queuedAt: this.#now });
  }

  #compete(now: number): void {
    this.#competingBytes += stepAt(this.#link.competingBps ?? [], now) / 8000;
    for (; this.#competingBytes >= 1200; this.#competingBytes -= 1200) this.transmit(undefined, 0, 1200);
  }

  #download(now: number): void {
    if (now < 1000 * (this.#link.downloadFromSeconds ?? Infinity)) return;
    while (this.#underWay + 1200 <= this.#window) {
      if (this.#queuedBytes + 1200 > this.#mostBytes) {
        if (now >= this.#halvedUntil) this.#window = Math.max(this.#window / 2, 2400);
        this.#halvedUntil = now + 2 * this.#link.delayMs + this.queueDelayMs();
        return;
      }
      this.#underWay += 1200;
      this.transmit(undefined, DOWNLOAD, 1200);
    }
  }

  #acknowledge(): void {
    this.#underWay -= 1200;
    this.#window += (1200 * 1200) / this.#window;
  }

  #serve(now: number): void {
    while (this.#queue.length > 0 && Math.max(this.#freeAt, this.#queue[0]!.queuedAt) < now + 1) {
      const packet = this.#queue.shift()!;
      const startsAt = Math.max(this.#freeAt, packet.queuedAt);
      this.#freeAt = startsAt + (packet.bytes * 8000) / stepAt(this.#link.capacityBps, startsAt);
      this.#queuedBytes -= packet.bytes;
      const { user } = packet;
      if (user === undefined && packet.sequence === DOWNLOAD)
        this.#at(this.#freeAt + 2 * this.#link.delayMs, () => this.#acknowledge());
      if (user === undefined || this.#random() < stepAt(this.#link.lossFraction ?? [], now)) continue;
      const jitter = this.#random() * stepAt(this.#link.jitterMs ?? [], now);
      let arrival = this.#freeAt + this.#link.delayMs + jitter;
      if (this.#link.reorders !== true) arrival = Math.max(arrival, this.#latestArrival);
      this.#latestArrival = arrival;
      user.note(this.#freeAt, packet.bytes, this.#freeAt - packet.queuedAt);
      this.#at(arrival, () => user.arrived(arrival, packet.sequence));
    }
  }

  #at(at: number, act: () => void): void {
    let index = this.#later.length;
    while (index > 0 && this.#later[index - 1]!.at > at) index--;
    this.#later.splice(index, 0, { at, act });
  }
}

/** Marks packets of the download. */
const DOWNLOAD = -1;
