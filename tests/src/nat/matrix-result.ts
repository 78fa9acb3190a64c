import type { ExpectedPath } from '@madang/testkit/nat/theory';
import type { SiteName } from '@madang/testkit/nat/topology';

/** What the calls between two sites came to. */
export interface PairResult {
  readonly from: SiteName;
  readonly to: SiteName;
  /** As `pathText` says it; of several calls all that differ. */
  readonly path: string;
  readonly expected: ExpectedPath;
  readonly calls: number;
  /** Calls in which both sides saw and heard each other, over the path ICE should take. */
  readonly good: number;
  /** From `connect()` of who came second to the connection, and to the first picture, median of the good calls. */
  readonly connectedMs: number | undefined;
  readonly firstFrameMs: number | undefined;
}

/** The middle one, or the mean of the two in the middle; undefined of nothing. */
export function median(numbers: readonly number[]): number | undefined {
  if (numbers.length === 0) return undefined;
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
