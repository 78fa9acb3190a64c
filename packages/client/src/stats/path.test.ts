import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_PATH, pathOf } from './path.js';
import { changed, recorded } from './recorded-reports.test-support.js';

test('a call from host to host is direct', () => {
  const { kind, protocol, localCandidateType, relayProtocol } = pathOf(recorded('direct').sender.second);
  assert.deepEqual([kind, protocol, localCandidateType, relayProtocol], ['direct', 'udp', 'host', undefined]);
});

for (const transport of ['udp', 'tcp', 'tls'] as const) {
  test(`a call through TURN over ${transport} is relayed over ${transport}`, () => {
    const { sender, receiver } = recorded(`relay-${transport}`);
    for (const report of [sender.second, receiver.second]) {
      assert.deepEqual(pathOf(report), {
        kind: 'relayed',
        protocol: 'udp',
        localCandidateType: 'relay',
        remoteCandidateType: 'relay',
        relayProtocol: transport,
        localAddress: '127.0.0.1',
        remoteAddress: '127.0.0.1',
      });
    }
  });
}

test('a relay of the other side alone makes the path a relayed one', () => {
  const report = changed(recorded('relay-tls').sender.second, 'local-candidate', () => ({
    candidateType: 'srflx',
    address: null,
  }));
  const { kind, relayProtocol, localAddress } = pathOf(report);
  assert.deepEqual([kind, relayProtocol, localAddress], ['relayed', undefined, undefined]);
});

test('without transport statistics the pair marked selected, or nominated, is the path', () => {
  const withoutTransport = new Map(
    [...recorded('relay-udp').sender.second].filter(
      ([, stat]) => (stat as { type: string }).type !== 'transport',
    ),
  );
  assert.equal(pathOf(withoutTransport).kind, 'relayed');
  const marked = changed(withoutTransport, 'candidate-pair', () => ({ nominated: false, selected: true }));
  assert.equal(pathOf(marked).kind, 'relayed');
  const none = changed(withoutTransport, 'candidate-pair', () => ({ nominated: false }));
  assert.deepEqual(pathOf(none), NO_PATH);
});

test('there is no path in an empty report', () => {
  assert.deepEqual(pathOf(new Map()), NO_PATH);
});
