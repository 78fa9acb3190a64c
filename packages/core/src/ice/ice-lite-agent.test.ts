import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testingCrypto } from '../env/testing-crypto.test.js';
import { Attribute } from '../stun/attributes.js';
import { verifyMessageIntegrity } from '../stun/integrity.js';
import { NEVER } from '../time/instant.js';
import { MAXIMUM_ICE_PATHS } from './ice-lite-agent.js';
import { createIceMessageView } from './ice-messages.js';
import type { CheckOptions } from './ice-world.test-support.js';
import { IceWorld, LOCAL, REMOTE } from './ice-world.test-support.js';

type Step =
  | readonly ['check', string, CheckOptions, readonly string[]]
  | readonly ['answer', string, readonly string[]]
  | readonly ['wait', number, readonly string[]];

/** What comes, and what the agent does about it. */
const scenarios: readonly { readonly name: string; readonly steps: readonly Step[] }[] = [
  {
    name: 'regular nomination: checked, answered, nominated, selected',
    steps: [
      ['check', 'a', {}, ['check a', 'success a']],
      ['answer', 'a', []],
      ['check', 'a', { use: true }, ['success a', 'selected a']],
    ],
  },
  {
    name: 'aggressive nomination: selected as soon as our check is answered',
    steps: [
      ['check', 'a', { use: true }, ['check a', 'success a']],
      ['answer', 'a', ['selected a']],
    ],
  },
  {
    name: 'a peer that nominates every pair means the one of highest priority, whatever comes last',
    steps: [
      ['check', 'a', { use: true, priority: 200 }, ['check a', 'success a']],
      ['check', 'b', { use: true, priority: 100 }, ['check b', 'success b']],
      ['answer', 'b', ['selected b']],
      ['answer', 'a', ['selected a']],
      ['check', 'a', { use: true, priority: 200 }, ['success a']],
      ['check', 'b', { use: true, priority: 100 }, ['success b']],
    ],
  },
  {
    name: 'a peer that nominates a worse pair later means that one',
    steps: [
      ['check', 'a', { use: true, priority: 200 }, ['check a', 'success a']],
      ['answer', 'a', ['selected a']],
      ['wait', 600, []],
      ['check', 'b', { use: true, priority: 100 }, ['check b', 'success b']],
      ['answer', 'b', ['selected b']],
    ],
  },
  {
    name: 'rebinding: a nominated check from a new port switches as soon as that port has answered',
    steps: [
      ['check', 'a', { use: true }, ['check a', 'success a']],
      ['answer', 'a', ['selected a']],
      ['check', 'ab', { use: true }, ['check ab', 'success ab']],
      ['wait', 400, []],
      ['answer', 'ab', ['selected ab']],
      // Consent is asked of the new path only, every five seconds.
      ['wait', 5500, ['check ab']],
    ],
  },
  {
    name: 'a check that is not answered is repeated seven times and given up until the peer checks again',
    steps: [
      ['check', 'a', { use: true }, ['check a', 'success a']],
      ['check', 'a', { use: true }, ['success a']],
      ['check', 'a', { use: true }, ['success a']],
      ['check', 'a', { use: true }, ['success a']],
      ['wait', 499, []],
      ['wait', 1, ['check a']],
      ['wait', 1000, ['check a']],
      ['wait', 2000, ['check a']],
      ['wait', 6000, ['check a', 'check a', 'check a']],
      ['wait', 10_000, []],
      ['check', 'a', { use: true }, ['check a', 'success a']],
      ['answer', 'a', ['selected a']],
    ],
  },
  {
    name: 'over TCP a check is sent once',
    steps: [
      ['check', 'a', { use: true, transport: 'tcp' }, ['check a', 'success a']],
      ['wait', 20_000, []],
      ['check', 'a', { use: true, transport: 'tcp' }, ['check a', 'success a']],
      ['answer', 'a', ['selected a']],
    ],
  },
  {
    name: 'I3: without an answer for fifteen seconds nothing is sent any more',
    steps: [
      ['check', 'a', { use: true }, ['check a', 'success a']],
      ['answer', 'a', ['selected a']],
      ['wait', 5100, ['check a']],
      ['wait', 9899, Array.from({ length: 9 }, () => 'check a')],
      ['wait', 1, ['selected none', 'failed: ICE: the peer has stopped answering (consent)']],
      ['check', 'a', { use: true }, []],
      ['wait', 60_000, []],
    ],
  },
  {
    name: 'I3: valid checks of the peer are no consent, answers are',
    steps: [
      ['check', 'a', { use: true }, ['check a', 'success a']],
      ['answer', 'a', ['selected a']],
      ['wait', 5100, ['check a']],
      ['answer', 'a', []],
      ['wait', 9000, ['check a', 'check a', 'check a', 'check a', 'check a']],
      ['check', 'a', { use: true }, ['success a']],
      ['wait', 5999, ['check a', 'check a', 'check a', 'check a', 'check a', 'check a']],
      ['wait', 1, ['selected none', 'failed: ICE: the peer has stopped answering (consent)']],
    ],
  },
  {
    name: 'a peer that never nominates has thirty seconds',
    steps: [
      ['check', 'a', {}, ['check a', 'success a']],
      ['answer', 'a', []],
      ['wait', 29_999, []],
      ['wait', 1, ['selected none', 'failed: ICE: no path was nominated and answered in time']],
    ],
  },
];

for (const { name, steps } of scenarios) {
  test(name, () => {
    const world = new IceWorld();
    world.agent.setRemote(world.at, REMOTE[0]);
    steps.forEach((step, index) => {
      if (step[0] === 'check') world.check(step[1], step[2]);
      else if (step[0] === 'answer') world.answer(step[1]);
      else world.wait(step[1]);
      assert.deepEqual(world.take(), step.at(-1), `step ${index}: ${step[0]} ${step[1]}`);
    });
  });
}

/** Threat I1: what is wrong with a check, and under what it is counted. */
const wrong: readonly (readonly [string, CheckOptions, string])[] = [
  ['no USERNAME', { username: '' }, 'ice_unknown_username'],
  ['another local fragment', { username: 'else:cli0' }, 'ice_unknown_username'],
  ['another remote fragment', { username: 'srv0:else' }, 'ice_unknown_username'],
  ['the fragments in the wrong order', { username: 'cli0:srv0' }, 'ice_unknown_username'],
  ['more behind the fragments', { username: 'srv0:cli0:x' }, 'ice_unknown_username'],
  ["the peer's password", { password: REMOTE[0].pwd }, 'ice_wrong_integrity'],
  ['an empty password', { password: '' }, 'ice_wrong_integrity'],
  ['no FINGERPRINT', { fingerprint: 'none' }, 'ice_no_fingerprint'],
  ['a wrong password and the wrong role', { password: 'x', controlled: true }, 'ice_wrong_integrity'],
  ['a wrong password and an unknown attribute', { password: 'x', unknown: 0x7000 }, 'ice_wrong_integrity'],
];

for (const [name, options, reason] of wrong) {
  test(`I1: a check with ${name} is counted, not answered, and changes nothing`, () => {
    const world = new IceWorld();
    world.agent.setRemote(world.at, REMOTE[0]);
    world.connect('a');
    const deadline = world.agent.nextDeadline();
    for (const from of ['a', 'b']) {
      world.check(from, { use: true, ...options });
      assert.deepEqual(world.take(), [`drop ${reason}`]);
    }
    assert.equal(world.agent.selectedPath, world.pathOf('a'));
    assert.equal(world.agent.nextDeadline(), deadline);
    assert.equal(world.paths.size, 1);
  });
}

test('I1: ten thousand bad checks during a call change nothing', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.connect('a');
  for (let i = 0; i < 10_000; i++) {
    world.check('a', { use: true, password: `guess ${i}` });
    world.check('z', { use: true, username: `srv0:${i}` });
  }
  assert.equal(world.take().filter((line) => !line.startsWith('drop')).length, 0);
  assert.equal(world.agent.selectedPath, world.pathOf('a'));
});

test('I1: integrity has to cover USE-CANDIDATE: an attribute behind it nominates nothing', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.check('a');
  world.answer('a');
  world.take();
  world.check('a', { use: 'unprotected' });
  assert.deepEqual(world.take(), ['success a']);
  assert.equal(world.agent.selectedPath, -1);
});

test('errors are told to who knows the password, and make no path: 420 and 487', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.check('a', { unknown: 0x7abc, use: true });
  world.check('a', { controlled: true, use: true });
  assert.deepEqual(world.take(), ['error 420 a', 'error 487 a']);
  assert.equal(world.paths.size, 0);
  world.check('a', { unknown: 0xc0de, use: true });
  assert.deepEqual(world.take(), ['check a', 'success a'], 'comprehension-optional attributes are ignored');
});

test("our check carries remote:local, the peer's password, PRIORITY and ICE-CONTROLLED", () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.check('a');
  const view = createIceMessageView();
  const { bytes } = world.sent[0]!;
  view.parse(bytes, 0, bytes.length);
  assert.equal(view.readText(view.find(Attribute.username), 100), 'cli0:srv0');
  assert.ok(verifyMessageIntegrity(view, testingCrypto, Buffer.from(REMOTE[0].pwd)));
  assert.equal(view.readU32(view.find(Attribute.priority)), 0x6effffff);
  assert.ok(view.has(Attribute.iceControlled) && !view.has(Attribute.iceControlling));
  assert.ok(!view.has(Attribute.useCandidate));
});

test('I2: only the right answer to our check, from the path it went to, proves a path', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.check('a', { use: true });
  world.check('b', { use: true });
  const [toA, toB] = world.sent;
  world.take();
  world.answer('a', { check: toB! });
  world.answer('a', { from: 'b', check: toA! });
  world.answer('a', { id: new Uint8Array(12) });
  world.answer('a', { from: 'nobody', check: toA! });
  assert.deepEqual(
    world.take(),
    Array.from({ length: 4 }, () => 'drop ice_unknown_transaction'),
  );
  world.answer('a', { check: toA!, password: LOCAL[0].pwd });
  assert.deepEqual(world.take(), ['drop ice_wrong_integrity']);
  world.answer('a', { check: toA!, error: 487 });
  assert.deepEqual(world.take(), ['drop ice_error_response']);
  assert.equal(world.agent.selectedPath, -1);
  world.answer('a', { check: toA! });
  assert.deepEqual(world.take(), ['selected a']);
  world.answer('a', { check: toA! });
  assert.deepEqual(world.take(), ['drop ice_unknown_transaction'], 'an answer counts once');
});

test('I2: an address that never answers gets at most three times what came from it', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.check('v', { use: true });
  world.wait(29_000);
  const budget = 3 * world.received.get('v')!;
  assert.ok(world.transmitted.get('v')! <= budget);
  const left = budget - world.transmitted.get('v')!;
  const path = world.pathOf('v');
  world.take();
  assert.equal(world.agent.admitSend(path, left + 1), false);
  assert.deepEqual(world.take(), ['drop ice_over_budget']);
  assert.equal(world.agent.admitSend(path, left), true);
  assert.equal(world.agent.admitSend(path, 1), false);
  world.agent.noteReceived(path, 100);
  assert.equal(world.agent.admitSend(path, 300), true);
  assert.equal(world.agent.admitSend(path, 1), false);
  world.take();
  world.check('v', { use: true });
  world.answer('v');
  assert.equal(world.agent.admitSend(path, 1_000_000), true);
});

test('I2: of too many paths the oldest that has not answered goes first, the selected one never', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.connect('a');
  for (const name of 'bcdefgh') {
    world.now++;
    world.check(name);
  }
  world.answer('b');
  world.take();
  for (const [name, goes] of [
    ['i', 'c'],
    ['j', 'd'],
    ['k', 'e'],
  ] as const) {
    world.now++;
    world.check(name);
    assert.equal(world.take()[0], `release ${goes}`);
  }
  assert.equal(world.paths.size, MAXIMUM_ICE_PATHS);
  for (let i = 0; i < 300; i++) {
    world.now++;
    world.check(`${String.fromCharCode(200 + i)}`);
  }
  assert.equal(world.paths.size, MAXIMUM_ICE_PATHS);
  assert.equal(world.agent.selectedPath, world.pathOf('a'));
});

test('I3: consent is asked for every five seconds, give or take a fifth, as long as it is given', () => {
  for (const [randomByte, interval] of [
    [0, 4000],
    [255, 6000],
  ] as const) {
    const world = new IceWorld({ randomByte });
    world.agent.setRemote(world.at, REMOTE[0]);
    world.connect('a');
    const first = world.sent.length;
    world.wait(60_500, () => {
      if (world.take().includes('check a')) world.answer('a');
    });
    const times = world.sent.slice(first).map((check) => Math.round(check.at));
    assert.deepEqual(
      times,
      Array.from({ length: 60_000 / interval }, (_, i) => (i + 1) * interval),
    );
    const ids = new Set(world.sent.map((check) => Buffer.from(check.bytes.slice(8, 20)).toString('hex')));
    assert.equal(ids.size, world.sent.length, 'no transaction id is used twice');
  }
});

test('I3: a late answer to an earlier consent check still counts', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.connect('a');
  world.wait(7200);
  const late = world.sent.at(-3)!;
  assert.deepEqual(world.take(), ['check a', 'check a', 'check a']);
  world.answer('a', { check: late });
  assert.deepEqual(world.take(), []);
  world.wait(2000);
  assert.deepEqual(world.take(), [], 'the next one is asked at its time again');
});

test('I3: consent may be set from short to thirty seconds, not longer', () => {
  for (const [consentSeconds, seconds] of [
    [10, 10],
    [30, 30],
    [3600, 30],
  ] as const) {
    const world = new IceWorld({ consentSeconds });
    world.agent.setRemote(world.at, REMOTE[0]);
    world.connect('a');
    world.wait(seconds * 1000 - 1);
    assert.ok(!world.take().some((line) => line.startsWith('failed')));
    world.wait(1);
    assert.ok(world.take().some((line) => line.startsWith('failed')));
  }
});

test('I5: nothing is sent to anybody before a valid check has come from there', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.wait(29_000);
  world.check('a', { password: 'wrong' });
  world.wait(500);
  assert.equal(world.transmitted.size, 0);
});

test('checks that come before the peer has answered are answered, and checked back as soon as it has', () => {
  const world = new IceWorld();
  world.check('a', { use: true, username: 'srv0:cli0' });
  assert.deepEqual(world.take(), ['success a']);
  assert.equal(world.agent.nextDeadline(), NEVER);
  world.agent.setRemote(world.at, REMOTE[0]);
  assert.deepEqual(world.take(), ['check a']);
  world.answer('a');
  assert.deepEqual(world.take(), ['selected a']);
});

test('the round-trip time is that of checks sent once', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.check('a', { use: true });
  world.wait(40);
  world.answer('a');
  assert.equal(world.agent.roundTripMs, 40);
  world.wait(5100);
  world.wait(80);
  world.answer('a');
  assert.ok(world.agent.roundTripMs > 40 && world.agent.roundTripMs < 200, `${world.agent.roundTripMs}`);
});

test('an answer that comes within the same turn has been measured too', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  assert.equal(world.agent.roundTripMs, 0);
  world.connect('a');
  assert.equal(world.agent.roundTripMs, 0.1);
});

const NEW: CheckOptions = { username: 'srv1:cli1', password: LOCAL[1].pwd };

test('restart: the old credentials hold until a path is nominated with the new ones', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.connect('a');
  world.check('a', NEW);
  assert.deepEqual(world.take(), ['drop ice_unknown_username']);
  world.agent.restart(world.at, LOCAL[1], REMOTE[1]);
  world.check('a');
  assert.deepEqual(world.take(), ['success a']);
  world.check('b', { ...NEW, use: true });
  assert.deepEqual(world.take(), ['check b', 'success b']);
  assert.equal(world.agent.selectedPath, world.pathOf('a'), 'media goes on where it went');
  world.check('a');
  assert.deepEqual(world.take(), ['success a']);
  world.answer('b', { password: REMOTE[1].pwd });
  assert.deepEqual(world.take(), ['selected b', 'release a', 'restarted']);
  world.check('a');
  assert.deepEqual(world.take(), ['drop ice_unknown_username']);
  world.check('b', { ...NEW, username: 'srv1:cli0' });
  assert.deepEqual(world.take(), ['drop ice_unknown_username'], 'fragments of two generations do not mix');
});

test('restart on the same path: it stays selected, and is proven anew with the new credentials', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.connect('a');
  world.agent.restart(world.at, LOCAL[1]);
  world.check('a', { ...NEW, use: true });
  assert.deepEqual(world.take(), ['success a'], 'no check before the new password is known');
  world.agent.setRemote(world.at, REMOTE[1]);
  assert.deepEqual(world.take(), ['check a']);
  world.answer('a', { password: REMOTE[0].pwd });
  assert.deepEqual(world.take(), ['drop ice_wrong_integrity']);
  world.answer('a', { password: REMOTE[1].pwd });
  assert.deepEqual(world.take(), ['restarted']);
  assert.equal(world.agent.selectedPath, world.pathOf('a'));
});

test('a restart that is begun twice keeps the credentials that work', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.connect('a');
  world.agent.restart(world.at, { ufrag: 'lost', pwd: 'lost' });
  world.agent.restart(world.at, LOCAL[1], REMOTE[1]);
  world.check('a');
  assert.deepEqual(world.take(), ['success a']);
  world.check('a', { ...NEW, use: true });
  world.answer('a', { password: REMOTE[1].pwd });
  assert.deepEqual(world.take(), ['check a', 'success a', 'restarted']);
});

test('a path that is gone is not sent to, and another takes its place in time', () => {
  const world = new IceWorld();
  world.agent.setRemote(world.at, REMOTE[0]);
  world.connect('a', { transport: 'tcp' });
  world.agent.forgetPath(world.pathOf('a'));
  assert.deepEqual(world.take(), ['selected none', 'release a']);
  world.wait(14_000);
  assert.deepEqual(world.take(), []);
  world.check('b', { use: true, transport: 'tcp' });
  world.answer('b');
  assert.deepEqual(world.take(), ['check b', 'success b', 'selected b']);
  world.agent.close();
  assert.deepEqual(world.take(), ['release b']);
  assert.equal(world.paths.size, 0);
});
