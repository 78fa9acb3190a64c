import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from './log.js';
import type { LogFields } from './log.js';
import { LogLimiter } from './log-limiter.js';

type Line = [level: string, message: string, fields: LogFields | undefined];

function collector(): { limiter: LogLimiter; lines: Line[] } {
  const lines: Line[] = [];
  const limiter = new LogLimiter({ log: (level, message, fields) => lines.push([level, message, fields]) });
  return { limiter, lines };
}

test('one line per kind and second, with a count of those held back', () => {
  const { limiter, lines } = collector();
  for (let ms = 0; ms < 2500; ms++) limiter.log(ms, 'flood', 'warn', 'Flooded', { ms });
  limiter.log(10, 'other kind', 'info', 'Once');
  assert.deepEqual(lines, [
    ['warn', 'Flooded', { ms: 0 }],
    ['warn', 'Flooded', { ms: 1000, suppressed: 999 }],
    ['warn', 'Flooded', { ms: 2000, suppressed: 999 }],
    ['info', 'Once', {}],
  ]);
});

test('what was held back is reported when the flood is over, once', () => {
  const { limiter, lines } = collector();
  for (let i = 0; i < 5; i++) limiter.log(100, 'flood', 'warn', 'Flooded', { i });
  limiter.report(1099);
  assert.equal(lines.length, 1);
  limiter.report(1100);
  limiter.report(1101);
  limiter.report(9999);
  assert.deepEqual(lines.slice(1), [['warn', 'Flooded', { suppressed: 4 }]]);
  // A report is a line too: the next one waits its second.
  limiter.log(10_000, 'flood', 'warn', 'Flooded');
  assert.deepEqual(lines.at(-1), ['warn', 'Flooded', {}]);
});

test('kinds made of data cost neither memory nor lines', () => {
  const { limiter, lines } = collector();
  for (let i = 0; i < 100_000; i++) limiter.log(0, `kind ${i}`, 'info', 'Said');
  assert.ok(lines.length <= 258, `${lines.length} lines`);
});

test('a minute of flood of all kinds stays below a megabyte', () => {
  let bytes = 0;
  const log = createLog({ format: 'json', level: 'info', write: (line) => (bytes += line.length) });
  const limiter = new LogLimiter({ log });
  for (let i = 0; i < 600_000; i++) {
    const fields = { username: '\u0000'.repeat(1000), client: '192.0.2.1:5' };
    limiter.log(i / 10, `kind ${i % 8}`, 'warn', 'A request was refused', fields);
  }
  assert.ok(bytes > 10_000 && bytes < 1_000_000, `${bytes} bytes`);
});
