import type { Instant, WallClockSeconds } from '@madang/core/time/instant';
import { instant } from '@madang/core/time/instant';

/** Where drivers read the time that cores are told. */
export interface Clock {
  now(): Instant;
  wallClock(): WallClockSeconds;
}

export const systemClock: Clock = {
  now: () => instant(performance.now()),
  wallClock: () => Math.floor(Date.now() / 1000) as WallClockSeconds,
};
