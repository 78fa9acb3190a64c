import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attribute } from '../../stun/attributes.js';
import { longTermKeyMd5, longTermKeySha256, userhash } from '../../stun/integrity.js';
import { MessageClass, messageType } from '../../stun/message-type.js';
import { StunMessageWriter } from '../../stun/message-writer.js';
import { Method } from '../../stun/methods.js';
import type { WallClockSeconds } from '../../time/instant.js';
import { mintTimeLimitedCredential } from '../credentials.js';
import { address, nodeCrypto } from './recording-host.test-support.js';
import type { Answer } from './turn-harness.test-support.js';
import { freshId, REALM, SECRET, TestClient, TurnBench } from './turn-harness.test-support.js';

const PEER = address('203.0.113.77', 7777);
const ALGORITHMS = new Uint8Array([0, 2, 0, 0, 0, 1, 0, 0]);

/** An Allocate written attribute by attribute. */
class HandMade {
  readonly writer = new StunMessageWriter({ buffer: new Uint8Array(2048) });

  constructor(method: number = Method.allocate) {
    this.writer.begin(messageType(method, MessageClass.request), freshId(), 0);
    if (method === Method.allocate) this.writer.u8WithReserved(Attribute.requestedTransport, 17);
  }

  get bytes(): Uint8Array {
    return this.writer.buffer.slice(0, this.writer.length);
  }
}

function nonceOf(challenge: Answer): Uint8Array {
  return challenge.view.readBytes(challenge.view.find(Attribute.nonce))!;
}

function challenged(client: TestClient): Uint8Array {
  const [challenge] = client.sendRaw(new HandMade().bytes);
  assert.equal(challenge!.code, 401);
  return nonceOf(challenge!);
}

function minted(bench: TurnBench, identity = 'alice', expiresIn = 3600, secret = SECRET) {
  const expiresAt = (bench.wallClock + expiresIn) as WallClockSeconds;
  return mintTimeLimitedCredential({ crypto: nodeCrypto, secret, identity, expiresAt });
}

test('the mint is the known one: base64 of HMAC-SHA1 over expiry:identity', () => {
  const { username, password } = mintTimeLimitedCredential({
    crypto: nodeCrypto,
    secret: 'north',
    identity: 'bob',
    expiresAt: 1_433_895_918.9 as WallClockSeconds,
  });
  assert.equal(username, '1433895918:bob');
  // printf 1433895918:bob | openssl dgst -sha1 -hmac north -binary | base64
  assert.equal(password, '+qCJxktJhPsEAA0wfh7NCKO+G0M=');
});

test('T7: a stranger gets at most 100 bytes, without reason or software; an Allocate without transport 28', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const [challenge] = client.sendRaw(new HandMade().bytes);
  assert.equal(challenge!.code, 401);
  assert.ok(challenge!.bytes.length <= 100, String(challenge!.bytes.length));
  assert.deepEqual(challenge!.attributes, [
    Attribute.errorCode,
    Attribute.realm,
    Attribute.nonce,
    Attribute.passwordAlgorithms,
  ]);
  assert.equal(challenge!.view.readErrorReason(challenge!.view.find(Attribute.errorCode)), '');
  const printed = new HandMade();
  printed.writer.fingerprint();
  const [withFingerprint] = client.sendRaw(printed.bytes);
  assert.ok(withFingerprint!.view.hasFingerprint);
  assert.ok(withFingerprint!.bytes.length <= 100, String(withFingerprint!.bytes.length));
  const bare = new StunMessageWriter({ buffer: new Uint8Array(99) });
  bare.begin(messageType(Method.allocate, MessageClass.request), freshId(), 0);
  const [short] = client.sendRaw(bare.buffer.slice(0, bare.length));
  assert.equal(short!.code, 400);
  assert.equal(short!.bytes.length, 28);
});

test('T6, T7: answers to strangers stop at the limit, silently, and leave no state', () => {
  const bench = new TurnBench();
  bench.unauthenticatedReplies = 10;
  let answers = 0;
  for (let i = 0; i < 1000; i++) {
    const flood = new TestClient(bench, { address: '203.0.113.9', port: 1024 + i });
    answers += flood.sendRaw(new HandMade().bytes).length;
  }
  assert.equal(answers, 10);
  assert.equal(bench.dropCount('unauthenticated_reply_rate_limited'), 990);
  assert.deepEqual(new Set(Object.values(bench.books())), new Set([0]));
  bench.unauthenticatedReplies = Infinity;
  new TestClient(bench, { address: '203.0.113.9' }).allocated();
});

test('MD5 clients of old, SHA-256 clients of today', () => {
  for (const algorithms of [[1], [2], [2, 1]]) {
    const bench = new TurnBench();
    const client = new TestClient(bench, { supportedAlgorithms: algorithms });
    client.allocated();
    assert.equal(client.refresh(600).code, 0);
    assert.equal(client.longTerm.passwordAlgorithm, algorithms[0]);
  }
});

test('a client that never heard of RFC 8489 authenticates by MESSAGE-INTEGRITY and is answered alike', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const nonce = challenged(client);
  const credential = minted(bench);
  const key = longTermKeyMd5(nodeCrypto, { ...credential, realm: REALM })!;
  const request = new HandMade();
  request.writer
    .text(Attribute.username, credential.username)
    .text(Attribute.realm, REALM)
    .bytes(Attribute.nonce, nonce)
    .messageIntegrity(nodeCrypto, key)
    .fingerprint();
  const [answer] = client.sendRaw(request.bytes);
  assert.equal(answer!.code, 0);
  assert.deepEqual(answer!.attributes.slice(-2), [Attribute.messageIntegrity, Attribute.fingerprint]);
});

const BID_DOWN: {
  name: string;
  code: number;
  list?: Uint8Array;
  choice?: Uint8Array;
  sha256Key?: boolean;
}[] = [
  {
    name: 'list as offered, SHA-256 chosen',
    code: 0,
    list: ALGORITHMS,
    choice: new Uint8Array([0, 2, 0, 0]),
    sha256Key: true,
  },
  { name: 'list as offered, MD5 chosen', code: 0, list: ALGORITHMS, choice: new Uint8Array([0, 1, 0, 0]) },
  { name: 'list stripped, choice kept', code: 400, choice: new Uint8Array([0, 1, 0, 0]) },
  { name: 'choice stripped, list kept', code: 400, list: ALGORITHMS },
  {
    name: 'list shortened to MD5',
    code: 400,
    list: new Uint8Array([0, 1, 0, 0]),
    choice: new Uint8Array([0, 1, 0, 0]),
  },
  {
    name: 'list turned round',
    code: 400,
    list: new Uint8Array([0, 1, 0, 0, 0, 2, 0, 0]),
    choice: new Uint8Array([0, 1, 0, 0]),
  },
  { name: 'choice nobody offered', code: 400, list: ALGORITHMS, choice: new Uint8Array([0, 3, 0, 0]) },
  {
    name: 'choice with parameters',
    code: 400,
    list: ALGORITHMS,
    choice: new Uint8Array([0, 2, 0, 4, 1, 2, 3, 4]),
  },
];

for (const row of BID_DOWN) {
  test(`PASSWORD-ALGORITHMS, ${row.name}: ${row.code}`, () => {
    const bench = new TurnBench();
    const client = new TestClient(bench);
    const nonce = challenged(client);
    const credential = minted(bench);
    const derive = row.sha256Key === true ? longTermKeySha256 : longTermKeyMd5;
    const request = new HandMade();
    request.writer
      .text(Attribute.username, credential.username)
      .text(Attribute.realm, REALM)
      .bytes(Attribute.nonce, nonce);
    if (row.list !== undefined) request.writer.bytes(Attribute.passwordAlgorithms, row.list);
    if (row.choice !== undefined) request.writer.bytes(Attribute.passwordAlgorithm, row.choice);
    request.writer.messageIntegritySha256(nodeCrypto, derive(nodeCrypto, { ...credential, realm: REALM })!);
    const [answer] = client.sendRaw(request.bytes);
    assert.equal(answer!.code, row.code);
  });
}

test('the features in the nonce cookie cannot be hidden: a changed nonce is stale', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const nonce = challenged(client);
  const credential = minted(bench);
  const key = longTermKeyMd5(nodeCrypto, { ...credential, realm: REALM })!;
  for (let at = 0; at < nonce.length; at++) {
    const changed = nonce.slice();
    changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
    const request = new HandMade();
    request.writer
      .text(Attribute.username, credential.username)
      .text(Attribute.realm, REALM)
      .bytes(Attribute.nonce, changed)
      .messageIntegrity(nodeCrypto, key);
    const [answer] = client.sendRaw(request.bytes);
    assert.equal(answer!.code, 438, `byte ${at}`);
    assert.ok(answer!.view.has(Attribute.passwordAlgorithms));
  }
});

test('T8: a nonce holds 600 s and 5 s of skew, for one address and port', () => {
  for (const [age, code] of [
    [0, 0],
    [600, 0],
    [604, 0],
    [606, 438],
    [-4, 0],
    [-6, 438],
  ] as const) {
    const bench = new TurnBench();
    const client = new TestClient(bench);
    bench.wallClock += 10;
    assert.equal(client.request(Method.refresh).code, 437);
    bench.wallClock += age;
    const [answer] = client.sendRaw(
      client.build(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 17)),
    );
    assert.equal(answer?.code ?? -1, code, `age ${age}`);
    if (code !== 438) continue;
    // The fresh nonce that comes with 438 works.
    assert.equal(client.longTerm.handleResponse(answer!.view), 'retry');
    assert.equal(client.allocate().code, 0);
  }
  const bench = new TurnBench();
  const client = new TestClient(bench);
  client.request(Method.refresh);
  const stolen = client.build(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 17));
  for (const thief of [{ port: 40_001 }, { address: '203.0.113.6' }]) {
    const [answer] = new TestClient(bench, thief).sendRaw(stolen);
    assert.equal(answer!.code, 438);
  }
  assert.equal(bench.server.counts().allocations, 0);
});

test('T4: wrong, expired, too far ahead, unknown and malformed names are 401; every configured secret works', () => {
  const secrets = ['the-new-secret-of-thirty-two-byte', SECRET];
  for (const [options, code] of [
    [{}, 0],
    [{ secret: secrets[0] }, 0],
    [{ secret: 'another-secret' }, 401],
    [{ ttlSeconds: -1 }, 401],
    [{ ttlSeconds: 86_400 }, 0],
    [{ ttlSeconds: 90_000 }, 401],
    [{ username: 'nobody', password: 'x' }, 401],
    [{ username: '99:', password: 'x' }, 401],
    [{ username: 'tool', password: 'hammer' }, 0],
    [{ username: 'tool', password: 'nail' }, 401],
  ] as const) {
    const bench = new TurnBench({ secrets, fixedUsers: [{ name: 'tool', password: 'hammer' }] });
    const client = new TestClient(bench, options as object);
    const [challenge] = client.sendRaw(new HandMade().bytes);
    client.longTerm.handleResponse(challenge!.view);
    const [answer] = client.sendRaw(
      client.build(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 17)),
    );
    assert.equal(answer!.code, code, JSON.stringify(options));
    if (code === 401) assert.equal(answer!.view.integrityIndex, -1, 'no protection for whom we do not know');
  }
});

test('a call outlasts the expiry of its credential, but not by more than a day', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench, { ttlSeconds: 1000 });
  client.allocated();
  for (let i = 0; i < 10; i++) {
    bench.advance(500);
    assert.equal(client.refresh(3600).code, 0);
  }
  const late = new TestClient(bench, {
    port: 40_001,
    username: client.username,
    password: 'does not matter',
  });
  late.sendRaw(new HandMade().bytes).forEach((answer) => late.longTerm.handleResponse(answer.view));
  const [refused] = late.sendRaw(
    late.build(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 17)),
  );
  assert.equal(refused!.code, 401, 'nothing new with an expired name');
  while (bench.server.counts().allocations > 0 && bench.now < 1_000_000 + 90_000_000) {
    bench.advance(1800);
    if (bench.server.counts().allocations === 0) break;
    const answer = client.request(Method.refresh, (w) => w.u32(Attribute.lifetime, 3600));
    if (answer.code !== 0) break;
  }
  bench.advance(3600);
  assert.equal(bench.server.counts().allocations, 0);
  assert.ok(bench.now > 1_000_000 + 86_400_000, 'not before the day is over');
  assert.ok(bench.now < 1_000_000 + 96_000_000);
});

test('MESSAGE-INTEGRITY without USERNAME, REALM or NONCE is 400; another realm 401; wrong integrity 401', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const nonce = challenged(client);
  const credential = minted(bench);
  const key = longTermKeyMd5(nodeCrypto, { ...credential, realm: REALM })!;
  const cases: [string, number, (writer: StunMessageWriter) => void][] = [
    ['no username', 400, (w) => w.text(Attribute.realm, REALM).bytes(Attribute.nonce, nonce)],
    ['no realm', 400, (w) => w.text(Attribute.username, credential.username).bytes(Attribute.nonce, nonce)],
    ['no nonce', 400, (w) => w.text(Attribute.username, credential.username).text(Attribute.realm, REALM)],
    [
      'other realm',
      401,
      (w) =>
        w
          .text(Attribute.username, credential.username)
          .text(Attribute.realm, 'x')
          .bytes(Attribute.nonce, nonce),
    ],
    [
      'name not UTF-8',
      401,
      (w) =>
        w
          .bytes(Attribute.username, new Uint8Array([0xff, 0xfe]))
          .text(Attribute.realm, REALM)
          .bytes(Attribute.nonce, nonce),
    ],
    [
      'very long name',
      401,
      (w) =>
        w
          .text(Attribute.username, 'a'.repeat(600))
          .text(Attribute.realm, REALM)
          .bytes(Attribute.nonce, nonce),
    ],
  ];
  for (const [name, code, write] of cases) {
    const request = new HandMade();
    write(request.writer);
    request.writer.messageIntegrity(nodeCrypto, key);
    assert.equal(client.sendRaw(request.bytes)[0]!.code, code, name);
  }
  const wrong = new HandMade();
  wrong.writer
    .text(Attribute.username, credential.username)
    .text(Attribute.realm, REALM)
    .bytes(Attribute.nonce, nonce)
    .messageIntegrity(
      nodeCrypto,
      key.map((byte) => byte ^ 1),
    );
  assert.equal(client.sendRaw(wrong.bytes)[0]!.code, 401);
});

test('USERHASH finds fixed users, and no one else', () => {
  const bench = new TurnBench({
    fixedUsers: [{ name: 'tool', password: 'hammer' }],
    features: { usernameAnonymity: 'requested' },
  });
  const client = new TestClient(bench, { username: 'tool', password: 'hammer' });
  client.allocated();
  assert.ok(client.longTerm.isUsernameAnonymous);
  const nonce = challenged(new TestClient(bench, { port: 40_009 }));
  const credential = minted(bench);
  const request = new HandMade();
  request.writer
    .bytes(Attribute.userhash, userhash(nodeCrypto, credential.username, REALM)!)
    .text(Attribute.realm, REALM)
    .bytes(Attribute.nonce, nonce)
    .messageIntegrity(nodeCrypto, longTermKeyMd5(nodeCrypto, { ...credential, realm: REALM })!);
  assert.equal(new TestClient(bench, { port: 40_009 }).sendRaw(request.bytes)[0]!.code, 401);
});

test('441: requests on an allocation must come from the user who made it', () => {
  const bench = new TurnBench();
  const alice = new TestClient(bench, { identity: 'alice' });
  alice.allocated();
  const bob = new TestClient(bench, { identity: 'bob' });
  for (const answer of [bob.refresh(0), bob.permit(PEER), bob.bind(0x4000, PEER)])
    assert.equal(answer.code, 441);
  assert.equal(bench.server.counts().allocations, 1);
  assert.equal(alice.refresh(600).code, 0);
});

test('the answer to an authenticated mistake is protected', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const answer = client.refresh(600);
  assert.equal(answer.code, 437);
  assert.deepEqual(answer.attributes, [Attribute.errorCode, Attribute.messageIntegritySha256]);
});
