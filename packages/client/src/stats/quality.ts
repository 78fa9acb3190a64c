import type { ConnectionQuality, ConnectionState, TrackStatistics } from '../api/connection.js';

/** What quality is judged by. */
export interface QualityInput {
  readonly state: ConnectionState;
  readonly roundTripMs: number | undefined;
  readonly sent: readonly TrackStatistics[];
  readonly received: readonly TrackStatistics[];
  /** Share of the last second, 0 to 1, for which received video stood still. */
  readonly frozenFraction: number;
}

/** A rating has to be other than the one shown for this long before it is shown. */
const HOLD_MS = 3000;

/** Jitter buffer, encoder and playout, beside the way itself. */
const FIXED_DELAY_MS = 60;
/** How well Opus with forward error correction and concealment bears random loss (Bpl of ITU-T G.107). */
const LOSS_ROBUSTNESS = 20;
/** Video that stands still all the time is as bad as this many points. */
const FREEZE_POINTS = 80;

/**
 * Rates a connection, after the E-model (ITU-T G.107): delay and loss take points from 93; of a video that stands still
 * we take some too. 80 points are what people call good telephony, below 60 they complain.
 */
export function rate(input: QualityInput): ConnectionQuality {
  switch (input.state) {
    case 'new':
    case 'connecting':
      return 'unknown';
    case 'reconnecting':
    case 'failed':
    case 'closed':
      return 'lost';
    case 'connected': {
      const points = pointsOf(input);
      return points >= 80 ? 'excellent' : points >= 60 ? 'good' : 'poor';
    }
  }
}

/** 93 and less. */
export function pointsOf(input: Omit<QualityInput, 'state'>): number {
  const delayMs =
    (input.roundTripMs ?? 0) / 2 + FIXED_DELAY_MS + 2 * worst(input.received, (t) => t.jitterMs);
  const delayPoints = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - 177.3);
  const lossPercent =
    100 *
    Math.max(
      worst(input.sent, (track) => track.lossFraction),
      worst(input.received, (track) => Math.max(track.lossFraction, track.concealedFraction ?? 0)),
    );
  const lossPoints = (95 * lossPercent) / (lossPercent + LOSS_ROBUSTNESS);
  return 93.2 - delayPoints - lossPoints - FREEZE_POINTS * Math.min(1, input.frozenFraction);
}

function worst(
  tracks: readonly TrackStatistics[],
  of: (track: TrackStatistics) => number | undefined,
): number {
  return Math.max(0, ...tracks.map((track) => of(track) ?? 0));
}

const ORDER: readonly ConnectionQuality[] = ['excellent', 'good', 'poor'];

/** Keeps the rating that is shown from flickering: a lost connection shows at once, anything else after 3 seconds. */
export class SteadyQuality {
  #shown: ConnectionQuality = 'unknown';
  /** Ratings other than the one shown and all on one side of it, since when and the nearest of them. */
  #other: { readonly isWorse: boolean; readonly sinceMs: number; nearest: number } | undefined;

  /** @param atMs milliseconds by a steady clock; answers what to show */
  take(rating: ConnectionQuality, atMs: number): ConnectionQuality {
    const shown = ORDER.indexOf(this.#shown);
    const now = ORDER.indexOf(rating);
    if (shown < 0 || now < 0 || shown === now) return this.#show(rating);
    const isWorse = now > shown;
    if (this.#other?.isWorse !== isWorse) {
      this.#other = { isWorse, sinceMs: atMs, nearest: now };
      return this.#shown;
    }
    this.#other.nearest = isWorse ? Math.min(this.#other.nearest, now) : Math.max(this.#other.nearest, now);
    if (atMs - this.#other.sinceMs < HOLD_MS) return this.#shown;
    return this.#show(ORDER[this.#other.nearest] as ConnectionQuality);
  }

  #show(rating: ConnectionQuality): ConnectionQuality {
    this.#other = undefined;
    this.#shown = rating;
    return rating;
  }
}
