import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expiryOf, TokenRenewal } from './token-renewal.js';

function tokenUntil(expiresAtMs: number, mark = ''): string {
  const claims = Buffer.from(JSON.stringify({ exp: expiresAtMs / 1000, mark })).toString('base64url');
  return `e30.${claims}.c2ln`;
}

test('the end of a token is read from it; of what is no token there is none', () => {
  assert.equal(expiryOf(tokenUntil(1_790_000_000_000, '한글??>>')), 1_790_000_000_000);
  for (const text of ['', 'a', 'a.b', 'a.!!!.c', `a.${btoa('null')}.c`, `a.${btoa('{"exp":"x"}')}.c`]) {
    assert.equal(expiryOf(text), undefined, text);
  }
});

test('a token is renewed before it ends, again after a failure, and no more after the end', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
  const asked: number[] = [];
  const used: string[] = [];
  const errors: string[] = [];
  const renewal = new TokenRenewal(tokenUntil(600_000), {
    renew: () => {
      asked.push(Date.now());
      if (asked.length === 1) return Promise.reject(new Error('not now'));
      return Promise.resolve(tokenUntil(Date.now() + 600_000, String(asked.length)));
    },
    use: (token) => {
      used.push(token);
      return Promise.resolve();
    },
    onError: ({ message }) => errors.push(message),
  });
  const run = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) {
      t.mock.timers.tick(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await run(600_000);
  assert.equal(asked[0], 480_000);
  assert.deepEqual(errors, ['not now']);
  assert.equal(used.length, 1);
  assert.ok(asked[1]! < 600_000);
  await run(600_000);
  assert.equal(used.length, 2);
  renewal.stop();
  await run(1_200_000);
  assert.equal(used.length, 2);
});
