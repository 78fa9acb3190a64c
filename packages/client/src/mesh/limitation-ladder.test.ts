import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LimitationLadder } from './limitation-ladder.js';
import type { LimitationReason } from './limitation-ladder.js';
import { MOST_LIMITED_STEPS } from './send-plan.js';

/** A ladder told the same thing each second; `steps` changes are noted as seconds. */
class Reports {
  readonly ladder = new LimitationLadder(0);
  readonly changes: [second: number, steps: number][] = [];
  #second = 0;

  for(seconds: number, reason: LimitationReason, participantId = 'a'): this {
    for (const end = this.#second + seconds; this.#second < end; this.#second += 1) {
      if (this.ladder.report(participantId, reason, this.#second * 1000))
        this.changes.push([this.#second, this.ladder.steps]);
    }
    return this;
  }
}

describe('the ladder of a slow processor', () => {
  test('goes down after three seconds, and every three seconds, to the end', () => {
    const reports = new Reports().for(60, 'cpu');
    assert.deepEqual(reports.changes, [
      [3, 1],
      [6, 2],
      [9, 3],
      [12, 4],
    ]);
    assert.equal(reports.ladder.steps, MOST_LIMITED_STEPS);
  });

  test('does not care for moments, nor for the network', () => {
    const reports = new Reports();
    for (let count = 0; count < 20; count += 1) reports.for(2, 'cpu').for(2, 'none');
    reports.for(60, 'bandwidth').for(60, 'other');
    assert.deepEqual(reports.changes, []);
  });

  test('goes up after twenty seconds without', () => {
    const reports = new Reports().for(7, 'cpu').for(60, 'none');
    assert.deepEqual(reports.changes, [
      [3, 1],
      [6, 2],
      [27, 1],
      [47, 0],
    ]);
  });

  test('waits twice as long for the next way up after each relapse, so it does not swing', () => {
    const reports = new Reports().for(4, 'cpu');
    // The machine bears one step less only while it is not tried.
    for (let second = 4; second < 3600; second += 1)
      reports.for(1, reports.ladder.steps === 0 ? 'cpu' : 'none');
    const ups = reports.changes.filter(([, steps]) => steps === 0).map(([second]) => second);
    const gaps = ups.slice(1).map((second, index) => second - ups[index]!);
    assert.ok(ups.length <= 14, `${ups.length} relapses in an hour`);
    assert.ok(
      gaps.slice(0, 3).every((gap, index) => index === 0 || gap > gaps[index - 1]! * 1.5),
      gaps.join(),
    );
  });

  test('one limited connection is enough; whoever left does not count', () => {
    const ladder = new LimitationLadder(0);
    for (let second = 0; second <= 4; second += 1) {
      ladder.report('a', 'cpu', second * 1000);
      ladder.report('b', 'none', second * 1000);
    }
    assert.equal(ladder.steps, 1);
    ladder.forget('a');
    for (let second = 5; second <= 40; second += 1) ladder.report('b', 'none', second * 1000);
    assert.equal(ladder.steps, 0);
  });
});
