// npm run lab: real calls between every pair of sites, and docs/nat-matrix.md and .svg from them.
// npm run lab -- A B [serve options]: one call between two sites, and everything that is known of it.
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { laboratoryObstacle } from '@madang/testkit/nat/namespaces';
import { expectedPath } from '@madang/testkit/nat/theory';
import { isSiteName, SITE_NAMES } from '@madang/testkit/nat/topology';
import { pathText, problems } from './judge.js';
import type { LabCallResult } from './lab-call.js';
import type { SitePair } from './lab-session.js';
import { LabSession } from './lab-session.js';
import { matrixDocument, table } from './matrix-document.js';
import { matrixPicture } from './matrix-picture.js';
import type { PairResult } from './matrix-result.js';
import { median } from './matrix-result.js';
import { browserObstacle, browserVersion } from './site-browser.js';

/** Calls of each pair: a median needs three. */
const CALLS = 3;

const [from, to, ...serverOptions] = process.argv.slice(2);
const obstacle = (await laboratoryObstacle()) ?? browserObstacle();
if (obstacle !== undefined) {
  process.stderr.write(`${obstacle}\n`);
  process.exitCode = 1;
} else if (from === undefined) {
  await callEverybody();
} else if (to !== undefined && isSiteName(from) && isSiteName(to)) {
  await callOnce([from, to]);
} else {
  process.stderr.write(`usage: npm run lab [-- A B]; A and B of: ${SITE_NAMES.join(' ')}\n`);
  process.exitCode = 2;
}

async function callOnce(pair: SitePair): Promise<void> {
  const session = await LabSession.open([pair], serverOptions);
  try {
    const result = await session.call(pair);
    say(pair, result);
    console.log(JSON.stringify(result, undefined, 2));
    if (serverOptions.length > 0) console.log(session.server.log);
  } finally {
    await session.destroy();
  }
}

async function callEverybody(): Promise<void> {
  const pairs = SITE_NAMES.flatMap((a, index) => SITE_NAMES.slice(index).map((b): SitePair => [a, b]));
  const session = await LabSession.open(pairs);
  const results: PairResult[] = [];
  try {
    for (const pair of pairs) results.push(await callRepeatedly(session, pair));
  } finally {
    await session.destroy();
  }
  console.log(`\n${table(results)}`);
  const circumstances = {
    browserVersion: await browserVersion(),
    processors: availableParallelism(),
    load: loadavg()[1]!,
  };
  const docs = new URL('../../../docs/', import.meta.url);
  writeFileSync(new URL('nat-matrix.svg', docs), matrixPicture(results));
  writeFileSync(new URL('nat-matrix.md', docs), matrixDocument(results, circumstances));
}

async function callRepeatedly(session: LabSession, pair: SitePair): Promise<PairResult> {
  const good: LabCallResult[] = [];
  const paths = new Set<string>();
  for (let calls = 0; calls < CALLS; calls++) {
    const result = await session.call(pair).catch((error: unknown) => {
      console.log(`${pair.join(' -> ')}: ${String(error)}`);
    });
    if (result === undefined) paths.add('none');
    else {
      if (say(pair, result)) good.push(result);
      paths.add(pathText(result));
    }
  }
  if (good.length < CALLS) process.exitCode = 1;
  const middle = (pick: (result: LabCallResult) => number | undefined) =>
    median(good.map(pick).filter((time) => time !== undefined));
  return {
    ...{ from: pair[0], to: pair[1], expected: expectedPath(...pair), calls: CALLS, good: good.length },
    path: eitherOf(paths),
    connectedMs: middle(({ caller }) => caller.connectedAfterMs),
    firstFrameMs: middle(({ caller }) => caller.firstFrameAfterMs),
  };
}

/** `relay tls or udp` where the calls of a pair took two ways. */
function eitherOf(paths: ReadonlySet<string>): string {
  return [...paths].sort().join(' or ').replaceAll(' or relay ', ' or ');
}

/** Prints how a call went; whether it went as it should. */
function say(pair: SitePair, result: LabCallResult): boolean {
  const { connectedAfterMs, firstFrameAfterMs } = result.caller;
  const times = [connectedAfterMs, firstFrameAfterMs].map((time) => Math.round(time ?? NaN)).join(' and ');
  console.log(`${pair.join(' -> ')}: ${pathText(result)}, ${times} ms (expected: ${expectedPath(...pair)})`);
  const wrong = problems(...pair, result);
  for (const problem of wrong) console.log(`  wrong: ${problem}`);
  return wrong.length === 0;
}
