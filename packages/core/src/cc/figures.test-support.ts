import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

/** A figure and the bounds it has to keep. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Reports the figures of all runs, and fails where the worst of one is out of its bounds. */
export function assertFigures(t: TestContext, runs: readonly (readonly Figure[])[]): void {
  for (const [index, figure] of runs[0]!.entries()) {
    const values = runs.map((figures) => figures[index]!.value);
    t.diagnostic(`${figure.name}: ${values.map((value) => Number(value.toPrecision(3))).join(' ')}`);
    assert.ok(Math.min(...values) >= (figure.atLeast ?? -Infinity), `${figure.name} is too low: ${values}`);
    assert.ok(Math.max(...values) <= (figure.atMost ?? Infinity), `${figure.name} is too high: ${values}`);
  }
}
