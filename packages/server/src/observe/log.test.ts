import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createLog } from './log.js';
import type { LogFields, LogOptions } from './log.js';
import { formatPretty } from './pretty.js';
import type { LogLevel } from './redact.js';

function lines(options: Partial<LogOptions>, ...entries: [LogLevel, string, LogFields?][]): string[] {
  const written: string[] = [];
  const log = createLog({ format: 'json', level: 'info', write: (line) => written.push(line), ...options });
  for (const entry of entries) log(...entry);
  return written;
}

function fieldsOf(level: LogLevel, fields: LogFields): Record<string, unknown> {
  const [line] = lines({ level }, [level, 'Said', fields]);
  const { time, level: _level, message, ...rest } = JSON.parse(line!) as Record<string, unknown>;
  assert.equal(typeof time, 'string');
  assert.equal(message, 'Said');
  return rest;
}

test('a JSON line has level, time, message and fields', () => {
  const [line, ...rest] = lines({}, ['warn', 'Something happened', { worker: 3, reason: 'because' }]);
  assert.deepEqual(rest, []);
  assert.ok(line!.endsWith('}\n'));
  const record = JSON.parse(line!) as Record<string, unknown>;
  assert.match(String(record['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(
    { ...record, time: '' },
    { level: 'warn', time: '', message: 'Something happened', worker: 3, reason: 'because' },
  );
});

test('lines below the level are not written', () => {
  const all: [LogLevel, string][] = [['debug', 'd'], ['info', 'i'], ['warn', 'w'], ['error', 'e']]; // prettier-ignore
  const counts = (['debug', 'info', 'warn', 'error'] as const).map(
    (level) => lines({ level }, ...all).length,
  );
  assert.deepEqual(counts, [4, 3, 2, 1]);
});

test('addresses of others are shortened unless at debug; our own stay', () => {
  const fields = { client: '192.0.2.77:5000', peer: '2001:db8:1:2::3', listen: '192.0.2.1:3478' };
  assert.deepEqual(fieldsOf('info', fields), {
    client: '192.0.2.0/24',
    peer: '2001:db8:1::/48',
    listen: '192.0.2.1:3478',
  });
  assert.deepEqual(fieldsOf('debug', fields), fields);
});

test('foreign text is escaped and cut, secrets are hidden, our names win', () => {
  const evil = `x\n{"level":"error"}\u001b[2J${'y'.repeat(10_000)}`;
  for (const name of ['username', 'realm', 'origin', 'software', 'identity']) {
    const value = fieldsOf('info', { [name]: evil })[name] as string;
    assert.ok(value.startsWith('x\\u{a}{"level":"error"}\\u{1b}[2Jyyy'), value);
    assert.ok(value.length < 160);
  }
  assert.ok((fieldsOf('info', { reason: evil })['reason'] as string).length < 2200);
  for (const name of ['password', 'secret', 'key', 'nonce', 'token', 'credential']) {
    assert.deepEqual(fieldsOf('debug', { [name]: 'hunter2' }), { [name]: '(hidden)' });
  }
  assert.deepEqual(fieldsOf('info', { level: 'x', message: 'y', time: 1 }), {
    level_: 'x',
    message_: 'y',
    time_: 1,
  });
});

test('pretty lines are one line each, whatever is in them', () => {
  const written = lines(
    { format: 'pretty', colours: 'off' },
    ['info', 'Serving', { turn: '0.0.0.0:3478', name: 'two words', empty: '', worker: 1 }],
    ['error', 'Bad\nnews', { username: 'a\nb\u001b[2J=' }],
  );
  assert.match(
    written[0]!,
    /^\d\d:\d\d:\d\d\.\d{3} info {2}Serving {2}turn=0\.0\.0\.0:3478 name="two words" empty="" worker=1\n$/,
  );
  assert.match(written[1]!, /^\S+ error Bad\\u\{a\}news {2}username="a\\\\u\{a\}b\\\\u\{1b\}\[2J="\n$/);
});

test('colours are for terminals only', () => {
  const escape = '\u001b[';
  const entry: [LogLevel, string, LogFields] = ['warn', 'Said', { a: 1 }];
  assert.ok(lines({ format: 'pretty', colours: 'on' }, entry)[0]!.includes(`${escape}33mwarn `));
  assert.ok(!lines({ format: 'pretty', colours: 'off' }, entry)[0]!.includes(escape));
  assert.equal(formatPretty('no JSON\n', 'on'), 'no JSON\n');
});

test('standard error gets the lines, also those right before the end; standard output nothing', () => {
  const script = `
    import { createStandardErrorLog } from ${JSON.stringify(new URL('./log.js', import.meta.url).href)};
    const log = createStandardErrorLog({ format: 'json', level: 'info' });
    for (let i = 0; i < 2000; i++) log('info', 'Line', { i });
    process.exit(7);`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(child.status, 7);
  assert.equal(child.stdout, '');
  const records = child.stderr.trim().split('\n').map((line) => JSON.parse(line) as { i: number }); // prettier-ignore
  assert.equal(records.length, 2000);
  assert.equal(records.at(-1)!.i, 1999);
});

test('a broken standard error does not end the program', () => {
  const script = `
    import { closeSync } from 'node:fs';
    import { createStandardErrorLog } from ${JSON.stringify(new URL('./log.js', import.meta.url).href)};
    const log = createStandardErrorLog({ format: 'json', level: 'info' });
    closeSync(2);
    for (let i = 0; i < 10; i++) log('info', 'Line', { i });
    setTimeout(() => process.stdout.write('alive'), 50);`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(child.stdout, 'alive');
  assert.equal(child.status, 0);
});
