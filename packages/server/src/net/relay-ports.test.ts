import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RelayPorts } from './relay-ports.js';

let state = 1;
function random(below: number): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % below;
}

function drain(ports: RelayPorts, kind: 'any' | 'even' | 'evenAndNext'): number[] {
  const taken: number[] = [];
  for (let port = ports.take(4, kind); port !== undefined; port = ports.take(4, kind)) taken.push(port);
  return taken;
}

test('every port of the range is handed out once, whatever the range begins and ends with', () => {
  for (const [first, last] of [
    [49_152, 49_251],
    [50_001, 50_010],
    [50_001, 50_001],
    [65_534, 65_535],
  ] as const) {
    const ports = new RelayPorts({ first, last, shard: { index: 0, count: 1 }, random });
    const taken = drain(ports, 'any').sort((a, b) => a - b);
    assert.deepEqual(
      taken,
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
    for (const port of taken) ports.free(4, port);
    assert.equal(ports.takenPorts(4), 0);
    assert.equal(drain(ports, 'any').length, last - first + 1);
  }
});

test('workers never share a port and together own the whole range', () => {
  const count = 3;
  const all = Array.from({ length: count }, (_, index) =>
    drain(new RelayPorts({ first: 50_000, last: 50_100, shard: { index, count }, random }), 'any'),
  ).flat();
  assert.equal(all.length, 101);
  assert.equal(new Set(all).size, 101);
});

test('even ports are even, and the next higher port is kept with its pair', () => {
  const ports = new RelayPorts({ first: 50_000, last: 50_009, shard: { index: 0, count: 1 }, random });
  const pair = ports.take(4, 'evenAndNext');
  assert.ok(pair !== undefined && pair % 2 === 0);
  const evens = drain(ports, 'even');
  assert.equal(evens.length, 4);
  assert.ok(evens.every((port) => port % 2 === 0 && port !== pair));
  const rest = drain(ports, 'any');
  assert.ok(!rest.includes(pair + 1));
  assert.equal(rest.length, 4);
  assert.throws(() => {
    ports.free(4, 50_200);
  });
});

test('families do not share ports', () => {
  const ports = new RelayPorts({ first: 50_000, last: 50_000, shard: { index: 0, count: 1 }, random });
  assert.equal(ports.take(4, 'any'), 50_000);
  assert.equal(ports.take(6, 'any'), 50_000);
  assert.equal(ports.take(6, 'any'), undefined);
});
