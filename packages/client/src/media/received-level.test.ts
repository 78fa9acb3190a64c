import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceivedLevel } from './received-level.js';

test('the level is that of the last packet, and silence half a second after it', () => {
  let sources: { rtpTimestamp: number; audioLevel?: number }[] = [];
  const level = new ReceivedLevel({ getSynchronizationSources: () => sources });
  assert.equal(level.read(0), 0);
  sources = [{ rtpTimestamp: 960, audioLevel: 0.1 }];
  assert.ok(Math.abs(level.read(1000) - 2 / 3) < 1e-9);
  assert.ok(level.read(1500) > 0.6);
  assert.equal(level.read(1501), 0);
  sources = [{ rtpTimestamp: 1920, audioLevel: 1 }];
  assert.equal(level.read(1700), 1);
  sources = [{ rtpTimestamp: 2880 }];
  assert.equal(level.read(1900), 0);
});
