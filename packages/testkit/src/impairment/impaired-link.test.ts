import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../nat/command.js';
import { spawnInside } from '../nat/laboratory.js';
import { laboratoryObstacle, NamespaceGroup } from '../nat/namespaces.js';
import { ImpairedLink, impairmentObstacle } from './impaired-link.js';
import type { LinkImpairment, LinkReport } from './link-report.js';
import { latenessProblem } from './link-report.js';
import type { ProbeResult } from './udp-probe.test-support.js';

const PROBE = fileURLToPath(new URL('./udp-probe.test-support.js', import.meta.url));
const obstacle = (await laboratoryObstacle()) ?? impairmentObstacle();

interface Run extends ProbeResult {
  readonly report: LinkReport;
  /** Round trips of those that came back. */
  readonly roundTripsMs: number[];
}

describe('a link out of two TAP interfaces', () => {
  const group = new NamespaceGroup();
  let [inner, outer] = ['', ''];
  before(async () => {
    if (obstacle === undefined) [outer, inner] = [await group.add('outer'), await group.add('inner')];
  });
  after(() => group.destroy());

  /** A fresh link, and datagrams from its inner to its outer side and back. */
  async function measure(
    impairment: LinkImpairment & { seed?: number },
    traffic: { count: number; intervalMs: number; bytes: number },
  ): Promise<Run> {
    const ends = {
      outer: { namespace: outer, interface: 'wire0' },
      inner: { namespace: inner, interface: 'eth0' },
    };
    const link = await ImpairedLink.start({ ...ends, seed: 1, ...impairment });
    try {
      await group.ip(outer, ['addr add 192.0.2.1/24 dev wire0', 'link set wire0 up']);
      await group.ip(inner, ['addr add 192.0.2.2/24 dev eth0', 'link set eth0 up']);
      const echo = spawnInside(outer, process.execPath, [PROBE, 'echo', '192.0.2.1', '7007']);
      try {
        await once(echo.stdout!, 'data');
        const { count, intervalMs, bytes } = traffic;
        const send = ['netns', 'exec', inner, process.execPath, PROBE, 'send', '192.0.2.1', '7007'];
        const printed = await runCommand('ip', [...send, `${count}`, `${intervalMs}`, `${bytes}`], {
          timeoutMs: 60_000,
        });
        const result = JSON.parse(printed) as ProbeResult;
        const roundTripsMs = result.echoes.map(({ sequence, atMs }) => atMs - result.sentMs[sequence]!);
        return { ...result, roundTripsMs, report: await link.report() };
      } finally {
        echo.kill('SIGKILL');
      }
    } finally {
      await link.stop();
    }
  }

  /** Measures anew, three times at most, where the machine was too busy to be exact. */
  async function measureCalmly(t: TestContext, ...what: Parameters<typeof measure>): Promise<Run> {
    for (let tries = 1; ; tries++) {
      const run = await measure(...what);
      const problem = latenessProblem(run.report);
      if (problem === undefined || tries === 3) return run;
      t.diagnostic(`discarded: ${problem}`);
    }
  }

  test('without impairment everything comes back in order and at once', async (t) => {
    if (obstacle !== undefined) return t.skip(obstacle);
    const run = await measureCalmly(
      t,
      { toInner: {}, toOuter: {} },
      { count: 500, intervalMs: 2, bytes: 200 },
    );
    assert.deepEqual(sequences(run), [...Array(500).keys()]);
    t.diagnostic(`median round trip ${median(run.roundTripsMs).toFixed(2)} ms`);
    assert.ok(median(run.roundTripsMs) < 10, `median round trip ${median(run.roundTripsMs)} ms`);
    const { toOuter } = run.report;
    assert.equal(toOuter.packets, 500);
    // Ethernet, IPv4 and UDP: 42 bytes on top.
    assert.equal(toOuter.bytes, 500 * 242);
    assert.equal(toOuter.written, 500);
  });

  test('a delay of 60 ms there and 40 ms back makes a round trip of 100 ms', async (t) => {
    if (obstacle !== undefined) return t.skip(obstacle);
    const link = { toOuter: { delayMs: 60 }, toInner: { delayMs: 40 } };
    const run = await measureCalmly(t, link, { count: 200, intervalMs: 5, bytes: 200 });
    const least = Math.min(...run.roundTripsMs);
    t.diagnostic(`round trips from ${least.toFixed(2)} ms, median ${median(run.roundTripsMs).toFixed(2)} ms`);
    assert.equal(run.echoes.length, 200);
    assert.ok(least >= 100, `a packet came back after ${least} ms`);
    assert.ok(median(run.roundTripsMs) < 110, `median round trip ${median(run.roundTripsMs)} ms`);
  });

  test('jitter spreads round trips and keeps the order', async (t) => {
    if (obstacle !== undefined) return t.skip(obstacle);
    const link = { toOuter: { delayMs: 50, jitterMs: 20 }, toInner: {} };
    const run = await measureCalmly(t, link, { count: 300, intervalMs: 10, bytes: 200 });
    assert.deepEqual(sequences(run), [...Array(300).keys()]);
    const [least, middle] = [Math.min(...run.roundTripsMs), median(run.roundTripsMs)];
    t.diagnostic(`round trips from ${least.toFixed(1)} ms, median ${middle.toFixed(1)} ms`);
    assert.ok(least >= 30 && least < 45, `the shortest round trip was ${least} ms`);
    assert.ok(middle > 45 && middle < 70, `median ${middle} ms`);
  });

  test('5 % loss each way, the same packets in each run of a seed', async (t) => {
    if (obstacle !== undefined) return t.skip(obstacle);
    const link = { toOuter: { lossFraction: 0.05 }, toInner: { lossFraction: 0.05 }, seed: 42 };
    const traffic = { count: 2000, intervalMs: 1, bytes: 100 };
    const first = await measure(link, traffic);
    // 9.75 % of round trips: 195, standard deviation 13.
    const lost = 2000 - first.echoes.length;
    t.diagnostic(`${lost} of 2000 did not come back`);
    assert.ok(Math.abs(lost - 195) < 5 * 13, `${lost} lost`);
    assert.equal(first.report.toOuter.lost + first.report.toInner.lost, lost);
    const second = await measure(link, traffic);
    assert.deepEqual(sequences(second), sequences(first));
    const other = await measure({ ...link, seed: 43 }, traffic);
    assert.notDeepEqual(sequences(other), sequences(first));
  });

  test('packets held back come later than those behind them, and none is lost', async (t) => {
    if (obstacle !== undefined) return t.skip(obstacle);
    const link = { toOuter: { reorderFraction: 0.1, reorderMs: 30 }, toInner: {} };
    const run = await measure(link, { count: 1000, intervalMs: 3, bytes: 100 });
    assert.deepEqual(
      sequences(run).toSorted((a, b) => a - b),
      [...Array(1000).keys()],
    );
    const overtaken = sequences(run).filter(
      (sequence, index, all) => index > 0 && sequence < all[index - 1]!,
    );
    t.diagnostic(`${run.report.toOuter.heldBack} held back, ${overtaken.length} steps back`);
    assert.ok(run.report.toOuter.heldBack > 50 && run.report.toOuter.heldBack < 150);
    assert.ok(overtaken.length > 40, `${overtaken.length} steps back`);
  });

  test('a rate of 1 Mbit/s lets 1 Mbit/s through of 2', async (t) => {
    if (obstacle !== undefined) return t.skip(obstacle);
    const link = { toOuter: { rateBps: 1_000_000, queueMs: 100 }, toInner: {} };
    const run = await measureCalmly(t, link, { count: 750, intervalMs: 4, bytes: 958 });
    const [first, last] = [run.echoes[0]!.atMs, run.echoes.at(-1)!.atMs];
    const rateBps = ((run.echoes.length - 1) * 1000 * 8 * 1000) / (last - first);
    t.diagnostic(`${(rateBps / 1e6).toFixed(3)} Mbit/s, ${run.report.toOuter.queueDropped} did not fit`);
    assert.ok(rateBps > 950_000 && rateBps < 1_050_000, `${rateBps} bit/s`);
    assert.equal(run.report.toOuter.queueDropped, 750 - run.echoes.length);
    assert.ok(median(run.roundTripsMs) > 80 && median(run.roundTripsMs) < 130);
  });

  test('a link is changed while it runs, and ends with its interfaces', async (t) => {
    if (obstacle !== undefined) return t.skip(obstacle);
    const ends = {
      outer: { namespace: outer, interface: 'wire1' },
      inner: { namespace: inner, interface: 'eth1' },
    };
    const link = await ImpairedLink.start({ ...ends, seed: 1, toInner: {}, toOuter: {} });
    const before = await link.change({ toInner: { delayMs: 10 }, toOuter: { lossFraction: 1 } });
    assert.equal(before.toOuter.lost, 0);
    await group.ip(outer, ['link del wire1']);
    await assert.rejects(link.report(), /has ended/);
    await link.stop();
  });
});

function sequences(run: ProbeResult): number[] {
  return run.echoes.map(({ sequence }) => sequence);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}
