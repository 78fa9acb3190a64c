// npm run nat -- A B [serve options]: calls between two sites, or between every pair of all sites without names.
import { laboratoryObstacle } from '@madang/testkit/nat/namespaces';
import { expectedPath } from '@madang/testkit/nat/theory';
import type { SiteName } from '@madang/testkit/nat/topology';
import { isSiteName, SITE_NAMES } from '@madang/testkit/nat/topology';
import { pathText, problems } from './judge.js';
import type { SitePair } from './lab-session.js';
import { LabSession } from './lab-session.js';
import { browserObstacle } from './site-browser.js';

const [from, to, ...serverOptions] = process.argv.slice(2);
const obstacle = (await laboratoryObstacle()) ?? browserObstacle();
if (obstacle !== undefined) {
  process.stderr.write(`${obstacle}\n`);
  process.exitCode = 1;
} else if (from === undefined) {
  await run(SITE_NAMES.flatMap((a, index) => SITE_NAMES.slice(index).map((b): SitePair => [a, b])));
} else if (to !== undefined && isSiteName(from) && isSiteName(to)) {
  await run([[from, to]]);
} else {
  process.stderr.write(`usage: npm run nat [-- A B]; A and B of: ${SITE_NAMES.join(' ')}\n`);
  process.exitCode = 2;
}

async function run(pairs: readonly SitePair[]): Promise<void> {
  const session = await LabSession.open(pairs, serverOptions);
  const cells = new Map<string, string>();
  try {
    for (const [a, b] of pairs) {
      const result = await session.call([a, b]);
      const wrong = problems(a, b, result);
      const text = `${pathText(result)}, ${Math.round(result.caller.firstFrameAfterMs ?? 0)} ms`;
      console.log(`${a} -> ${b}: ${text} (expected: ${expectedPath(a, b)})`);
      for (const problem of wrong) console.log(`  wrong: ${problem}`);
      if (pairs.length === 1) console.log(JSON.stringify(result, undefined, 2));
      if (wrong.length > 0) process.exitCode = 1;
      cells.set(`${a} ${b}`, text);
    }
    if (pairs.length > 1) console.log(`\n${table(cells)}`);
    else if (serverOptions.length > 0) console.log(session.server.log);
  } finally {
    await session.destroy();
  }
}

/** The upper triangle as Markdown. */
function table(cells: ReadonlyMap<string, string>): string {
  const row = (a: SiteName) => [a, ...SITE_NAMES.map((b) => cells.get(`${a} ${b}`) ?? '')];
  const rows = [['', ...SITE_NAMES], ['', ...SITE_NAMES].map(() => '---'), ...SITE_NAMES.map(row)];
  return rows.map((columns) => `| ${columns.join(' | ')} |`).join('\n');
}
