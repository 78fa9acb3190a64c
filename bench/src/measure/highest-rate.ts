import type { ProbeResult } from '@madang/testkit/turn-load/probe';
import { waitForQuiet } from './wait-for-quiet.js';

export interface HighestRate {
  /** Packets per second. */
  readonly rate: number;
  /** 'generator': the server may be faster, we could not offer more. 'neighbours': something else took the core. */
  readonly boundBy: 'server' | 'generator' | 'neighbours';
  /** Idle share of the generator at that rate. */
  readonly idleShare: number;
  readonly probes: number;
}

export interface HighestRateOptions {
  readonly probe: (ratePerSecond: number, seconds: number) => ProbeResult;
  readonly seconds: number;
  /** Where to begin; without it the search begins by flooding. */
  readonly hint?: number;
}

/**
 * Searches the highest rate with at most 0.1 % loss, to 2.5 %. A failed probe is repeated, because a neighbour's
 * moment on the machine must not count as the server's limit.
 */
export async function findHighestRate(options: HighestRateOptions): Promise<HighestRate> {
  const { seconds } = options;
  let probes = 0;
  const probe = async (rate: number): Promise<ProbeResult> => {
    let best: ProbeResult | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      probes++;
      await waitForQuiet();
      const result = options.probe(rate, seconds);
      if (best === undefined || isBetter(result, best)) best = result;
      if (passes(best) && keepsUp(best)) break;
      // Failing twice is the server's limit, or the generator's; a disturbed probe says nothing.
      if (attempt > 0 && !isDisturbed(result) && !isDisturbed(best)) break;
    }
    return best!;
  };
  let rate = options.hint === undefined ? estimate(options) : options.hint * 0.985;
  let step = options.hint === undefined ? 1.1 : 1.035;
  let good: ProbeResult | undefined;
  let bad = Infinity;
  while (probes < MAXIMUM_PROBES && (good === undefined || bad / good.offeredRate > RESOLUTION)) {
    const result = await probe(rate);
    if (passes(result)) {
      if (good === undefined || result.offeredRate > good.offeredRate) good = result;
      if (!keepsUp(result)) return found(good, isDisturbed(result) ? 'neighbours' : 'generator', probes);
      rate = bad === Infinity ? rate * step : Math.sqrt(good.offeredRate * bad);
    } else {
      bad = Math.min(bad, rate, Math.max(result.offeredRate, rate * 0.9));
      if (good !== undefined && bad <= good.offeredRate) break;
      rate = good === undefined ? bad / step : Math.sqrt(good.offeredRate * bad);
      if (good === undefined) step *= 1.1;
    }
  }
  if (good === undefined) return { rate: 0, boundBy: 'server', idleShare: 0, probes };
  return found(good, 'server', probes);
}

/** A flood tells what is delivered at most; the lossless rate is near it. */
function estimate({ probe }: HighestRateOptions): number {
  return Math.max(1000, probe(FLOOD_RATE, FLOOD_SECONDS).deliveredRate) * 0.9;
}

function passes(result: ProbeResult): boolean {
  return result.loss <= MAXIMUM_LOSS && result.odd === 0;
}

function keepsUp(result: ProbeResult): boolean {
  return result.offeredRate >= result.targetRate * 0.98;
}

/** Something else ran on the generator's core. */
function isDisturbed(result: ProbeResult): boolean {
  return !(passes(result) && keepsUp(result)) && result.waitedShare > 0.03;
}

function isBetter(a: ProbeResult, b: ProbeResult): boolean {
  if (passes(a) !== passes(b)) return passes(a);
  return a.offeredRate > b.offeredRate;
}

function found(good: ProbeResult, boundBy: HighestRate['boundBy'], probes: number): HighestRate {
  return { rate: good.offeredRate, boundBy, idleShare: good.idleShare, probes };
}

const MAXIMUM_LOSS = 0.001;
const RESOLUTION = 1.025;
const MAXIMUM_PROBES = 30;
const ATTEMPTS = 4;
const FLOOD_RATE = 4_000_000;
const FLOOD_SECONDS = 0.3;
