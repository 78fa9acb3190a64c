import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PathTable } from '@madang/core/path/path-table';
import type { RelayOpened, RelayRequest } from '@madang/core/turn/turn-host';
import { loadFfi } from '../native/ffi.js';
import { NativeUdpNetwork } from '../net/native-udp.js';
import { RelayPorts } from '../net/relay-ports.js';
import { AllocationLedger } from '../services/turn/allocation-ledger.js';
import { RelaySockets } from './relay-sockets.js';

const native = loadFfi();
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

describe('reserved relay ports', { skip: native.ok ? false : native.reason }, () => {
  test('a reserved port is in the quota of its maker until it is claimed or given up', () => {
    const { relays, ledger, stop } = create({ perUser: 2 });
    const first = opened(relays, { kind: 'evenAndReserve' });
    assert.equal(ledger.total, 1);
    relays.close(first.relays[0]!.socket);
    assert.equal(ledger.total, 1, 'the port is still kept');
    const second = opened(relays, { kind: 'evenAndReserve' });
    relays.close(second.relays[0]!.socket);
    assert.deepEqual(openNow(relays, { kind: 'evenAndReserve' }), { ok: false, code: 486 });
    relays.cancelReservation(first.token!);
    assert.equal(ledger.total, 1);
    const claimed = opened(relays, { kind: 'reserved', token: second.token! });
    assert.equal(claimed.relays[0]!.address.port, second.relays[0]!.address.port + 1);
    assert.equal(ledger.total, 1, 'the claim is an allocation of its own, the reservation is over');
    relays.close(claimed.relays[0]!.socket);
    assert.equal(ledger.total, 0);
    assert.equal(relays.count, 0);
    stop();
  });

  test('a reserved port another worker takes leaves the quota of its maker', () => {
    const { relays, ledger, stop } = create({ perUser: 0 });
    const made = opened(relays, { kind: 'evenAndReserve' });
    const port = relays.yieldReservation(made.token!);
    assert.equal(port?.port, made.relays[0]!.address.port + 1);
    relays.close(made.relays[0]!.socket);
    assert.equal(ledger.total, 0);
    stop();
  });
});

function create(limits: { perUser: number }) {
  const network = new NativeUdpNetwork({ paths: new PathTable({ maximumPaths: 64, seed: 1 }) });
  const ledger = new AllocationLedger({ ...limits, perAddress: 0, total: 0 });
  let token = 0n;
  const relays = new RelaySockets({
    network,
    ports: new RelayPorts({
      first: 52_000,
      last: 52_999,
      shard: { index: 0, count: 1 },
      random: (below) => Math.floor(Math.random() * below),
    }),
    addresses: { 4: { bind: LOOPBACK, announced: LOOPBACK } },
    receiver: { handleDatagram: () => undefined },
    quota: ledger,
    reservations: {
      newToken: () => ++token,
      claim: (_token, _username, answer) => answer(undefined),
      giveBack: () => undefined,
      onYield: () => undefined,
    },
    errorQueue: false,
    receiveBufferBytes: 0,
    sendBufferBytes: 0,
  });
  return {
    relays,
    ledger,
    stop: () => {
      network.stop();
    },
  };
}

/** Native sockets open at once. */
function openNow(relays: RelaySockets, port: RelayRequest['port']): RelayOpened {
  let result: RelayOpened | undefined;
  const client = { family: 4, bytes: LOOPBACK, port: 1 } as const;
  const request = { requestId: 1, username: 'anna', client, families: [4], port } as const;
  relays.open({ ...request, dontFragment: false, protocol: 17 }, (answer) => {
    result = answer;
  });
  assert.ok(result !== undefined);
  return result;
}

function opened(relays: RelaySockets, port: RelayRequest['port']): Extract<RelayOpened, { ok: true }> {
  const result = openNow(relays, port);
  assert.ok(result.ok);
  return result;
}
