import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { loadFfi } from './ffi.js';
import { probeAbilities } from './probe.js';

test('every ability is tried and reported once, with what happens without it', async () => {
  const abilities = await probeAbilities();
  const names = abilities.map(({ name }) => name);
  assert.deepEqual(names, [
    'FFI',
    'OpenSSL DTLS 1.2',
    'AEAD',
    'libuv poll',
    'recvmmsg/sendmmsg',
    'epoll',
    'eventfd',
    'SO_REUSEPORT',
    'IP_PKTINFO',
    'IPV6_RECVPKTINFO',
    'UDP_SEGMENT',
    'UDP_GRO',
    'IPv6',
    'SO_RCVBUFFORCE',
  ]);
  for (const ability of abilities) assert.ok(ability.detail !== '' && ability.fallback !== '', ability.name);
});

test('on Linux with FFI everything an old kernel has works', { skip: unfit() }, async (t) => {
  const abilities = await probeAbilities();
  for (const { name, available, detail } of abilities)
    t.diagnostic(`${name}: ${available ? 'yes' : 'no'}, ${detail}`);
  const certain = new Set([
    'FFI',
    'OpenSSL DTLS 1.2',
    'AEAD',
    'libuv poll',
    'recvmmsg/sendmmsg',
    'epoll',
    'eventfd',
    'SO_REUSEPORT',
    'IP_PKTINFO',
  ]);
  assert.deepEqual(
    abilities.filter(({ name, available }) => certain.has(name) && !available),
    [],
  );
});

test('probing leaves no descriptor open', { skip: unfit() }, async () => {
  await probeAbilities();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 5; i++) await probeAbilities();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(readdirSync('/proc/self/fd').length, before);
});

function unfit(): string | false {
  const loaded = loadFfi();
  if (process.platform !== 'linux') return 'not Linux';
  return loaded.ok ? false : loaded.reason;
}
