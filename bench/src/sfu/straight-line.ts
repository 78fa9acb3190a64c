/** A straight line through points by least squares: `y = intercept + slope * x`. */
export interface StraightLine {
  readonly intercept: number;
  readonly slope: number;
  /** Coefficient of determination: 1 when all points lie on the line. */
  readonly determination: number;
}

/** NaN where fewer than two different x are given. */
export function fitStraightLine(points: readonly (readonly [x: number, y: number])[]): StraightLine {
  const count = points.length;
  const mean = (place: 0 | 1): number => points.reduce((sum, point) => sum + point[place], 0) / count;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  const slope = xy / xx;
  return { slope, intercept: meanY - slope * meanX, determination: yy === 0 ? 1 : xy ** 2 / (xx * yy) };
}
