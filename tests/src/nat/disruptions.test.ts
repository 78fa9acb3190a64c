import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { impairmentObstacle } from '@madang/testkit/impairment/impaired-link';
import { latenessProblem } from '@madang/testkit/impairment/link-report';
import { laboratoryObstacle } from '@madang/testkit/nat/namespaces';
import { expectedPath } from '@madang/testkit/nat/theory';
import { publicAddress } from '@madang/testkit/nat/topology';
import { hasMedia, mediaProblems, pathText } from './judge.js';
import type { LabCall, LabCallResult } from './lab-call.js';
import type { SitePair } from './lab-session.js';
import { LabSession } from './lab-session.js';
import { browserObstacle } from './site-browser.js';

const obstacle = (await laboratoryObstacle()) ?? browserObstacle();

describe('a call goes on', { concurrency: 1 }, () => {
  const pairs: readonly SitePair[] = [
    ['portRestricted', 'open'],
    ['symmetric', 'symmetric'],
  ];
  let session: LabSession | undefined;
  before(async () => {
    if (obstacle === undefined) session = await LabSession.open(pairs);
  });
  after(async () => {
    await session?.destroy();
  });

  for (const pair of pairs) {
    test(`when the router of ${pair.join(' with ')} gets a new public address`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      const [lab, site] = [session!.laboratory, session!.laboratory.site(pair[0])];
      await duringCall(t, session!, pair, async (call) => {
        const address = publicAddress(150 + pairs.indexOf(pair), 4);
        await lab.renumber(site, address);
        await expectMediaBack(t, call, 25_000);
        // Behind a relay only the server sees the address.
        if (expectedPath(...pair) === 'relay') return;
        const isThere = ({ caller }: LabCallResult) => caller.path?.localAddress === address;
        const { caller } = await call.lookUntil(isThere, 5000);
        assert.equal(caller.path?.localAddress, address);
      });
    });

    test(`when the line of ${pair.join(' with ')} is cut for 8 s`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      const [lab, site] = [session!.laboratory, session!.laboratory.site(pair[0])];
      await duringCall(t, session!, pair, async (call) => {
        await lab.unplug(site);
        await new Promise((resolve) => setTimeout(resolve, 8000));
        const cut = await call.look();
        assert.ok(cut.callee.media.longestGapMs > 6000, 'the cut was felt');
        await lab.plugIn(site);
        await expectMediaBack(t, call, 20_000);
      });
    });
  }
});

test('over a line of 100 ms, 3 % loss and 3 Mbit/s both sides see and hear each other', async (t) => {
  const missing = obstacle ?? impairmentObstacle();
  if (missing !== undefined) return t.skip(missing);
  const line = { delayMs: 50, jitterMs: 10, lossFraction: 0.03, rateBps: 3_000_000 };
  const link = { seed: 7, toInner: line, toOuter: line };
  const session = await LabSession.build([{ kind: 'portRestricted', link }, 'open']);
  try {
    await duringCall(t, session, ['portRestricted', 'open'], async () => {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      const report = await session.laboratory.site('portRestricted').link!.report();
      const late = latenessProblem(report);
      if (late !== undefined) t.diagnostic(`says little: ${late}`);
      const { lost, packets, queueDropped, lateMeanMs, lateMaxMs } = report.toOuter;
      t.diagnostic(
        `${lost} of ${packets} packets lost, ${queueDropped} did not fit; ` +
          `late by ${lateMeanMs.toFixed(2)} ms, at most ${lateMaxMs.toFixed(1)} ms`,
      );
      assert.ok(packets > 200, `${packets} packets passed the line`);
      assert.ok(lost > 0);
    });
  } finally {
    await session.destroy();
  }
});

/** Begins a call, waits for picture and sound, does something and ends the call. */
async function duringCall(
  t: TestContext,
  session: LabSession,
  pair: SitePair,
  act: (call: LabCall) => Promise<void>,
): Promise<void> {
  const call = await session.start(pair);
  try {
    const before = await call.lookUntil(hasMedia, 20_000);
    assert.deepEqual(mediaProblems(before), []);
    t.diagnostic(`before: ${pathText(before)}, first frame after ${firstFrame(before)} ms`);
    await call.beginGap();
    await act(call);
  } finally {
    await call.hangUp();
  }
}

/** Both sides get new frames for two seconds; says how long they had none. */
async function expectMediaBack(t: TestContext, call: LabCall, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { caller, callee } = await call.look();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const later = await call.look();
    const isBack =
      later.caller.media.frames > caller.media.frames + 10 &&
      later.callee.media.frames > callee.media.frames + 10 &&
      later.caller.media.longestGapMs === caller.media.longestGapMs &&
      later.callee.media.longestGapMs === callee.media.longestGapMs;
    const gaps = [later.caller, later.callee].map(({ media }) => (media.longestGapMs / 1000).toFixed(1));
    if (isBack) {
      t.diagnostic(`${pathText(later)} again; longest time without a picture: ${gaps.join(' and ')} s`);
      return;
    }
    assert.ok(performance.now() < deadline, `no media after ${timeoutMs} ms: ${JSON.stringify(later)}`);
  }
}

function firstFrame(result: LabCallResult): number {
  return Math.round(Math.max(result.caller.firstFrameAfterMs ?? 0, result.callee.firstFrameAfterMs ?? 0));
}
