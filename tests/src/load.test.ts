import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runMadang, ServerProcess } from '@madang/testkit/server-process';

/** What `madang load --json` prints, as far as it is looked at here. */
interface Summary {
  readonly joins: { readonly count: number };
  readonly sentPackets: number;
  readonly receivedPackets: number;
  readonly missingPackets: number;
  readonly latency: { readonly p50Ms: number };
  readonly failures: readonly string[];
}

describe('the load generator', { timeout: 60_000 }, () => {
  let server: ServerProcess;
  before(async () => {
    server = await ServerProcess.start();
  });
  after(async () => {
    await server.stop();
  });

  test('fills rooms of a running server and misses nothing', async () => {
    const rooms = ['--rooms', '2', '--publishers', '2', '--subscribers', '3', '--seconds', '3'];
    // Little enough for what a server lets through before it knows the paths.
    const media = ['--audio', '--video-kbps', '100', '--packets-per-second', '25'];
    const run = runMadang(['load', '--url', server.httpUrl, ...rooms, ...media, '--json']);
    const { status } = await run.ended;
    assert.equal(status, 0, run.stdout() + run.stderr());
    const summary = JSON.parse(run.stdout()) as Summary;
    assert.deepEqual(summary.failures, []);
    assert.equal(summary.joins.count, 10);
    assert.equal(summary.missingPackets, 0);
    assert.ok(summary.sentPackets > 0);
    // Everybody else in the room gets what one sends: four of the five.
    assert.ok(summary.receivedPackets > 3 * summary.sentPackets, run.stdout());
    assert.ok(summary.latency.p50Ms > 0);
  });

  test('fails with a sentence where nobody answers', async () => {
    const run = runMadang(['load', '--url', 'http://127.0.0.1:9', '--publishers', '1']);
    const { status } = await run.ended;
    assert.equal(status, 1);
    assert.match(run.stdout(), /publisher 0: connect ECONNREFUSED/);
  });

  test('refuses options it does not know, and numbers that are none', async () => {
    const runs = [['--frobnicate'], ['--rooms', 'many'], ['--url', 'ftp://here']].map((args) =>
      runMadang(['load', ...args]),
    );
    for (const run of runs) {
      const { status } = await run.ended;
      assert.equal(status, 2);
      assert.match(run.stderr(), /^Configuration error: /);
    }
  });
});
