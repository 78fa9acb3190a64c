/** A straight line through points, by least squares. */
export interface Slope {
  /** Of y per unit of x. */
  readonly perUnit: number;
  /** Standard error of `perUnit`: a slope within twice of it is no slope. NaN of two points or fewer. */
  readonly uncertainty: number;
}

/** `xs` must differ. */
export function slopeOf(xs: readonly number[], ys: readonly number[]): Slope {
  const count = xs.length;
  const middleX = sum(xs) / count;
  const middleY = sum(ys) / count;
  const spread = sum(xs.map((x) => (x - middleX) ** 2));
  const perUnit = sum(xs.map((x, i) => (x - middleX) * (ys[i]! - middleY))) / spread;
  const left = sum(xs.map((x, i) => (ys[i]! - middleY - perUnit * (x - middleX)) ** 2));
  return { perUnit, uncertainty: count > 2 ? Math.sqrt(left / (count - 2) / spread) : NaN };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
