import type { ConnectionState, ConnectionStatistics } from '../api/connection.js';
import { measure } from './connection-statistics.js';
import type { RawSample, TrackOf } from './connection-statistics.js';
import { NO_PATH } from './path.js';
import { rate, SteadyQuality } from './quality.js';

/** Follows one connection from report to report. Pure: no clock, no browser. */
export class ConnectionMonitor {
  readonly #quality = new SteadyQuality();
  #previous: RawSample | undefined;

  /** @param atMs milliseconds since 1970-01-01 UTC */
  take(report: RTCStatsReport, trackOf: TrackOf, state: ConnectionState, atMs: number): ConnectionStatistics {
    const { raw, measurement } = measure(this.#previous, report, trackOf, atMs);
    this.#previous = raw;
    const { frozenFractions, ...statistics } = measurement;
    const rating = rate({ ...statistics, state, frozenFraction: Math.max(0, ...frozenFractions) });
    return {
      ...statistics,
      state,
      // A report goes on naming the last pair; nothing gets through it any more.
      path: state === 'connected' || state === 'reconnecting' ? statistics.path : NO_PATH,
      quality: this.#quality.take(rating, atMs),
    };
  }
}
