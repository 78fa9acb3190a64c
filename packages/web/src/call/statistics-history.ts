/** One second of one connection, as it is plotted. */
export interface HistorySample {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly atMs: number;
  readonly roundTripMs: number | undefined;
  /** 0 to 1, the worst of what is received and what the other side reports of what is sent. */
  readonly lossFraction: number | undefined;
  readonly sentBitrateBps: number;
  readonly receivedBitrateBps: number;
}

/** Samples kept of each connection: five minutes. */
export const HISTORY_SECONDS = 300;

/** What was measured of one connection over the last minutes. */
export class StatisticsHistory {
  #samples: HistorySample[] = [];

  get samples(): readonly HistorySample[] {
    return this.#samples;
  }

  /** Adds a sample. One that is not at least half a second newer than the last is left out: samples are by the second. */
  add(sample: HistorySample): boolean {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.atMs - last.atMs < 500) return false;
    const oldestMs = sample.atMs - HISTORY_SECONDS * 1000;
    this.#samples = [...this.#samples.filter(({ atMs }) => atMs > oldestMs), sample];
    return true;
  }
}

/** The columns a plot takes: times in seconds, then each series; null where nothing was measured. */
export interface PlotColumns {
  readonly seconds: number[];
  readonly roundTripMs: (number | null)[];
  readonly lossPercent: (number | null)[];
  readonly sentMbps: (number | null)[];
  readonly receivedMbps: (number | null)[];
}

/** Turns samples into columns. Where samples are missing (a laptop slept) a gap is left instead of a line across it. */
export function plotColumns(samples: readonly HistorySample[]): PlotColumns {
  const columns: PlotColumns = {
    seconds: [],
    roundTripMs: [],
    lossPercent: [],
    sentMbps: [],
    receivedMbps: [],
  };
  let previousMs: number | undefined;
  for (const sample of samples) {
    if (previousMs !== undefined && sample.atMs - previousMs > 3500) {
      columns.seconds.push((previousMs + 1000) / 1000);
      columns.roundTripMs.push(null);
      columns.lossPercent.push(null);
      columns.sentMbps.push(null);
      columns.receivedMbps.push(null);
    }
    previousMs = sample.atMs;
    columns.seconds.push(sample.atMs / 1000);
    columns.roundTripMs.push(sample.roundTripMs ?? null);
    columns.lossPercent.push(sample.lossFraction === undefined ? null : sample.lossFraction * 100);
    columns.sentMbps.push(sample.sentBitrateBps / 1e6);
    columns.receivedMbps.push(sample.receivedBitrateBps / 1e6);
  }
  return columns;
}
