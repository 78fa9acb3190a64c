import { signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { ConnectionStatistics } from '../sdk.js';
import { StatisticsHistory } from './statistics-history.js';
import type { HistorySample } from './statistics-history.js';

interface Watched {
  readonly latest: Signal<ConnectionStatistics | undefined>;
  readonly samples: Signal<readonly HistorySample[]>;
  readonly history: StatisticsHistory;
}

/** The connection to each participant: as it is now, and as it was over the last minutes. */
export class ConnectionsWatch {
  readonly #watched = new Map<string, Watched>();

  /** Undefined until something was measured. */
  latest(participantId: string): ReadonlySignal<ConnectionStatistics | undefined> {
    return this.#of(participantId).latest;
  }

  samples(participantId: string): ReadonlySignal<readonly HistorySample[]> {
    return this.#of(participantId).samples;
  }

  add(participantId: string, statistics: ConnectionStatistics): void {
    const watched = this.#of(participantId);
    watched.latest.value = statistics;
    if (watched.history.add(sampleOf(statistics))) watched.samples.value = watched.history.samples;
  }

  remove(participantId: string): void {
    this.#watched.delete(participantId);
  }

  #of(participantId: string): Watched {
    let watched = this.#watched.get(participantId);
    if (watched === undefined) {
      watched = { latest: signal(undefined), samples: signal([]), history: new StatisticsHistory() };
      this.#watched.set(participantId, watched);
    }
    return watched;
  }
}

function sampleOf(statistics: ConnectionStatistics): HistorySample {
  const losses = [...statistics.sent, ...statistics.received].map((track) => track.lossFraction);
  return {
    atMs: statistics.at,
    roundTripMs: statistics.roundTripMs,
    lossFraction: losses.length > 0 ? Math.max(...losses) : undefined,
    sentBitrateBps: statistics.sentBitrateBps,
    receivedBitrateBps: statistics.receivedBitrateBps,
  };
}
