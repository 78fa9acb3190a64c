import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Figures of budget-probe.test-support.js, measured in a process of its own with the collector at hand. */
interface Figures {
  channelDataGrowth: number;
  peerDatagramGrowth: number;
  dataIndicationGrowth: number;
  sendIndicationGrowth: number;
  bytesPerAllocation: number;
  bytesPerAllocationAfter: number;
}

const figures = JSON.parse(
  execFileSync(
    process.execPath,
    // A young generation so large that nothing is collected on the way: every allocation shows.
    [
      '--expose-gc',
      '--min-semi-space-size=64',
      '--max-semi-space-size=128',
      fileURLToPath(new URL('budget-probe.test-support.js', import.meta.url)),
      'measure',
    ],
    { encoding: 'utf8', timeout: 60_000 },
  ),
) as Figures;

for (const [name, growth] of [
  ['ChannelData from a client', figures.channelDataGrowth],
  ['a datagram of a channel’s peer', figures.peerDatagramGrowth],
  ['a datagram that becomes a Data indication', figures.dataIndicationGrowth],
  ['a Send indication', figures.sendIndicationGrowth],
] as const) {
  test(`${name} allocates nothing: heap growth over 1 M packets`, () => {
    // One 16-byte object per packet would be 16 MB.
    assert.ok(growth < 1_000_000, `${growth} bytes`);
  });
}

test('an allocation with a permission and a channel takes under 2 KiB of heap, and gives it back', () => {
  assert.ok(figures.bytesPerAllocation < 2048, `${figures.bytesPerAllocation} bytes`);
  assert.ok(figures.bytesPerAllocationAfter < 100, `${figures.bytesPerAllocationAfter} bytes`);
});
