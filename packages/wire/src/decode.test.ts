import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CLIENT_MESSAGE_TYPES } from './client-shapes.js';
import type { ClientMessage } from './client-messages.js';
import { decodeClientMessage, decodeServerMessage } from './decode.js';
import { encodeClientMessage, encodeUnnumbered, numberMessage } from './encode.js';
import { WireLimit } from './limits.js';

const track = { trackId: 't', kind: 'audio', source: 'microphone', muted: false } as const;

/** One valid message of every type. */
const EXAMPLES: { readonly [T in ClientMessage['type']]: Extract<ClientMessage, { type: T }> } = {
  join: { type: 'join', version: 1, room: 'tea', name: '민아', topology: 'sfu' },
  resume: { type: 'resume', version: 1, resumeToken: 'x', ack: 0, tracks: [track], handRaised: true },
  ping: { type: 'ping', ack: 3 },
  leave: { type: 'leave', id: 1 },
  offer: { type: 'offer', id: 1, to: 'p', sdp: 'v=0', connection: 'main' },
  answer: { type: 'answer', id: 1, to: 'p', sdp: 'v=0' },
  candidate: { type: 'candidate', id: 1, to: 'p', candidate: '', sdpMid: '0', sdpMLineIndex: 0 },
  receive: {
    type: 'receive',
    id: 1,
    tracks: [{ participantId: 'p', trackId: 't', width: 640, height: 360, pinned: true }],
    lastN: 4,
  },
  publish: { type: 'publish', id: 1, track },
  unpublish: { type: 'unpublish', id: 1, trackId: 't' },
  chat: { type: 'chat', id: 1, text: '안녕' },
  raiseHand: { type: 'raiseHand', id: 1, raised: true },
  requestMute: { type: 'requestMute', id: 1, participantId: 'p', kind: 'audio' },
  remove: { type: 'remove', id: 1, participantId: 'p' },
  setRole: { type: 'setRole', id: 1, participantId: 'p', role: 'viewer' },
  lock: { type: 'lock', id: 1, locked: true },
  setLobby: { type: 'setLobby', id: 1, enabled: true },
  admit: { type: 'admit', id: 1, participantId: 'p' },
  deny: { type: 'deny', id: 1, participantId: 'p' },
  setTopology: { type: 'setTopology', id: 1, topology: 'mesh' },
  refreshIceServers: { type: 'refreshIceServers', id: 1 },
  renewToken: { type: 'renewToken', id: 1, token: 'x' },
};

const codeOf = (json: string) => {
  const decoded = decodeClientMessage(json);
  return decoded.ok ? 'ok' : decoded.code;
};

test('every message comes back as it was, without the fields nobody knows', () => {
  for (const type of CLIENT_MESSAGE_TYPES) {
    const message = EXAMPLES[type];
    assert.deepEqual(decodeClientMessage(encodeClientMessage(message)), { ok: true, message });
    const more = JSON.stringify({ ...message, extra: { deep: [1] } });
    assert.deepEqual(decodeClientMessage(more), { ok: true, message });
  }
});

test('a missing or mistyped field makes a message malformed and keeps its id', () => {
  for (const message of Object.values(EXAMPLES)) {
    for (const field of Object.keys(message)) {
      const broken = JSON.stringify({ ...message, [field]: { wrong: true } });
      const decoded = decodeClientMessage(broken);
      assert.equal(decoded.ok, false, broken);
      assert.equal(decoded.code, 'malformed', broken);
      if (field !== 'id' && 'id' in message) assert.equal(decoded.id, 1);
    }
  }
});

test('prototype pollution: keys of prototypes are neither read nor copied', () => {
  assert.equal(codeOf('{"__proto__":{"type":"ping"}}'), 'malformed');
  assert.equal(codeOf('{"type":"constructor"}'), 'unknownType');
  assert.equal(codeOf('{"type":"__proto__"}'), 'unknownType');
  assert.equal(codeOf('{"type":"toString"}'), 'unknownType');
  const decoded = decodeClientMessage(
    '{"type":"publish","id":1,"track":{"trackId":"t","kind":"audio","source":"camera","muted":true,' +
      '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}},"__proto__":{"admin":true}}',
  );
  assert.ok(decoded.ok && decoded.message.type === 'publish');
  assert.deepEqual(Object.keys(decoded.message), ['type', 'id', 'track']);
  assert.deepEqual(Object.keys(decoded.message.track), ['trackId', 'kind', 'source', 'muted']);
  assert.equal(Object.getPrototypeOf(decoded.message.track), Object.prototype);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('depth: 16 pass, 17 and a million do not; brackets in texts do not count', () => {
  const nested = (depth: number) => `{"type":"ping","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  assert.equal(codeOf(nested(WireLimit.depth)), 'ok');
  assert.equal(codeOf(nested(WireLimit.depth + 1)), 'malformed');
  assert.equal(codeOf('['.repeat(100_000)), 'malformed');
  assert.equal(codeOf(`{"type":"chat","id":1,"text":"\\"${'['.repeat(50)}"}`), 'ok');
});

test('sizes: 64 KiB of bytes, 128 KiB with SDP', () => {
  const padded = (pad: string) => JSON.stringify({ type: 'ping', pad });
  const frame = padded('').length;
  assert.equal(codeOf(padded('x'.repeat(WireLimit.messageBytes - frame))), 'ok');
  assert.equal(codeOf(padded('x'.repeat(WireLimit.messageBytes - frame + 1))), 'tooLarge');
  assert.equal(codeOf(padded('가'.repeat(WireLimit.messageBytes / 3))), 'tooLarge');
  const sdp = (length: number) => encodeClientMessage({ ...EXAMPLES.offer, sdp: 'x'.repeat(length) });
  const most = WireLimit.sdpMessageBytes - sdp(0).length;
  assert.equal(codeOf(sdp(most)), 'ok');
  assert.equal(codeOf(sdp(most + 1)), 'tooLarge');
});

test('numbers are safe integers, ids begin with 1', () => {
  for (const id of ['0', '-1', '1.5', '1e400', '9007199254740993', '"1"', 'null', 'true']) {
    assert.equal(codeOf(`{"type":"leave","id":${id}}`), 'malformed', id);
  }
});

test('names are trimmed and normalised; control characters, direction changes and half pairs are refused', () => {
  const join = (name: string) => decodeClientMessage(JSON.stringify({ ...EXAMPLES.join, name }));
  const good = join('  \u1106\u1175\u11ab\u110b\u1161 ');
  assert.ok(good.ok && good.message.type === 'join');
  assert.equal(good.message.name, '민아');
  for (const name of ['', '   ', 'a\u0000', 'a\nb', '\u202eevil', '\u2066x', '\ud800', 'x'.repeat(65)]) {
    assert.equal(join(name).ok, false, JSON.stringify(name));
  }
});

test('no input throws', () => {
  const decoders = [decodeClientMessage, decodeServerMessage];
  const mutated = fc
    .tuple(fc.constantFrom(...Object.values(EXAMPLES)), fc.nat(), fc.string({ maxLength: 4 }), fc.nat(3))
    .map(([message, at, piece, cut]) => {
      const json = encodeClientMessage(message);
      const where = at % json.length;
      return json.slice(0, where) + piece + json.slice(where + cut);
    });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), mutated), (json) => {
      for (const decode of decoders) assert.equal(typeof decode(json).ok, 'boolean');
    }),
    { numRuns: 20_000 },
  );
});

test('a numbered message is the message with its numbers', () => {
  const unnumbered = encodeUnnumbered({ type: 'ok', re: 7 });
  for (const numbers of [{ seq: 12 }, { seq: 13, lastRequestId: 9 }]) {
    const text = numberMessage(unnumbered, numbers.seq, numbers.lastRequestId);
    assert.deepEqual(decodeServerMessage(text), { ok: true, message: { type: 'ok', ...numbers, re: 7 } });
  }
});

test('what the media server says of its connections is read, and only of the two there are', () => {
  const refused = { type: 'mediaRefused', seq: 1, connection: 'down', reason: 'no fingerprint' } as const;
  const restart = { type: 'mediaRestart', seq: 2, connection: 'up' } as const;
  for (const message of [refused, restart]) {
    assert.deepEqual(decodeServerMessage(JSON.stringify(message)), { ok: true, message });
    const other = JSON.stringify({ ...message, connection: 'sideways' });
    assert.deepEqual(decodeServerMessage(other), { ok: false, code: 'malformed' });
  }
});
