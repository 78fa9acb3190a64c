import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { laboratoryObstacle } from '@madang/testkit/nat/namespaces';
import { expectedPath } from '@madang/testkit/nat/theory';
import { SITES } from '@madang/testkit/nat/topology';
import { pathText, problems } from './judge.js';
import type { SitePair } from './lab-session.js';
import { LabSession } from './lab-session.js';
import { browserObstacle } from './site-browser.js';

// Pairs that tell kinds apart: each kind next to one where a step stricter changes the path.
const PAIRS: readonly SitePair[] = [
  ['open', 'symmetric'],
  ['fullCone', 'symmetric'],
  ['addressRestricted', 'symmetric'],
  ['portRestricted', 'portRestricted'],
  ['carrierGrade', 'portRestricted'],
  ['symmetric', 'portRestricted'],
  ['symmetric', 'symmetric'],
  ['udpBlocked', 'open'],
  ['tcp443Only', 'symmetric'],
  ['tcp443Only', 'udpBlocked'],
  ['ipv6Only', 'ipv6Only'],
  ['ipv6Only', 'portRestricted'],
];

// Each needs a relay, so without one nothing may get through: a laboratory that leaks would be seen here.
const WITHOUT_RELAY: readonly SitePair[] = [
  ['symmetric', 'portRestricted'],
  ['open', 'udpBlocked'],
];

const obstacle = (await laboratoryObstacle()) ?? browserObstacle();

describe('browsers behind NATs', { concurrency: 1 }, () => {
  let session: LabSession | undefined;
  before(async () => {
    if (obstacle === undefined) session = await LabSession.open([...PAIRS, ...WITHOUT_RELAY]);
  });
  after(async () => {
    await session?.destroy();
  });

  for (const [from, to] of PAIRS) {
    test(`${SITES[from].title} calls ${SITES[to].title}: ${expectedPath(from, to)}`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      const result = await session!.call([from, to]);
      t.diagnostic(`${pathText(result)}, ${Math.round(result.caller.firstFrameAfterMs ?? 0)} ms`);
      assert.deepEqual(problems(from, to, result), []);
    });
  }
  for (const [from, to] of WITHOUT_RELAY) {
    test(`${SITES[from].title} does not reach ${SITES[to].title} without a relay`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      const call = await session!.start([from, to], { servers: 'stunOnly' });
      try {
        await new Promise((resolve) => setTimeout(resolve, 8000));
        const { caller, callee } = await call.look();
        assert.deepEqual([caller.connectedAfterMs, callee.connectedAfterMs], [undefined, undefined]);
        assert.deepEqual([caller.media.frames, callee.media.frames], [0, 0]);
      } finally {
        await call.hangUp();
      }
    });
  }
});
