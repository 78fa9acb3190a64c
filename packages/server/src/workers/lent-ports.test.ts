import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RelayPorts } from '../net/relay-ports.js';
import { LentPorts } from './lent-ports.js';

const PORT = { owner: 0, family: 4, port: 50_001 } as const;

describe('ports that one worker has bound for another', () => {
  test('a port given back goes to its owner once', () => {
    const lent = new LentPorts();
    lent.lend(PORT, 1);
    assert.equal(lent.giveBack(PORT), true);
    assert.equal(lent.giveBack(PORT), false);
    assert.equal(lent.count, 0);
  });

  test('the successor of a dead owner is not given a port it never lent: freeing it would be an exception', () => {
    const successor = new RelayPorts({
      first: 50_000,
      last: 50_003,
      shard: { index: 0, count: 1 },
      random: () => 0,
    });
    assert.throws(() => successor.free(4, PORT.port), /freed twice/);
    const lent = new LentPorts();
    lent.lend(PORT, 1);
    assert.deepEqual(lent.forgetWorker(0), []);
    assert.equal(lent.giveBack(PORT), false);
  });

  test('what a dead borrower had goes back to its owners, and nothing else does', () => {
    const lent = new LentPorts();
    const other = { owner: 2, family: 6, port: 50_001 } as const;
    lent.lend(PORT, 1);
    lent.lend(other, 0);
    assert.deepEqual(lent.forgetWorker(1), [PORT]);
    assert.equal(lent.count, 1);
    assert.equal(lent.giveBack(other), true);
  });
});
