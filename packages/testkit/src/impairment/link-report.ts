import type { Impairment, LinkCounts } from './link-model.js';

/** What both directions of a link do. `inner` is the side of the box that is attached, `outer` what it is attached to. */
export interface LinkImpairment {
  readonly toInner: Impairment;
  readonly toOuter: Impairment;
}

/** What a forwarder did in one direction, and how late it was with it. */
export interface DirectionReport extends LinkCounts {
  /** Frames written so far. */
  readonly written: number;
  /** Frames the interface did not take (it was down), or for which there was no memory. */
  readonly failed: number;
  /** Mean and maximum of the time between when a frame was due and when it was written. */
  readonly lateMeanMs: number;
  readonly lateMaxMs: number;
  /** Frames written more than LATE_MS after they were due. */
  readonly late: number;
}

export interface LinkReport {
  readonly toInner: DirectionReport;
  readonly toOuter: DirectionReport;
  /** How long the forwarder could have run and another program had the processor. */
  readonly waitedForProcessorMs: number;
  readonly elapsedMs: number;
}

/** A frame later than this counts as late. */
export const LATE_MS = 5;

/**
 * Why a measurement over this link says little, since the machine was too busy to be exact: more than `lateFraction`
 * (default 1 %) of the frames were late, or the forwarder waited for a processor a tenth of the time. Undefined: all is well.
 */
export function latenessProblem(report: LinkReport, lateFraction = 0.01): string | undefined {
  for (const direction of ['toInner', 'toOuter'] as const) {
    const { written, late, lateMaxMs } = report[direction];
    if (late > written * lateFraction)
      return `${late} of ${written} frames ${direction} were late, by up to ${lateMaxMs.toFixed(1)} ms`;
  }
  return report.waitedForProcessorMs > report.elapsedMs / 10
    ? `the forwarder waited ${report.waitedForProcessorMs.toFixed(0)} of ${report.elapsedMs.toFixed(0)} ms for a processor`
    : undefined;
}
