import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testingCrypto } from '../env/testing-crypto.test.js';
import type { Arrival } from '../path/path.js';
import { NO_PATH } from '../path/path.js';
import { Transport } from '../path/transport-address.js';
import type { WallClockSeconds } from '../time/instant.js';
import { NONCE_LENGTH, NonceSigner } from './nonce.js';

const NOW = 1_700_000_000 as WallClockSeconds;

function arrivalFrom(port: number, transport: Transport, lastByte = 5): Arrival {
  const words = Uint32Array.of(0xcb007100 + lastByte, 0, 0, 0, 0, 0, 0, 0);
  return { path: NO_PATH, socket: 1, transport, family: 4, port, words };
}

test('over TCP and TLS a nonce holds for all connections of its address, over UDP and DTLS for one port', () => {
  const signer = new NonceSigner({ crypto: testingCrypto, key: new Uint8Array(32).fill(7), features: 0 });
  const nonce = new Uint8Array(NONCE_LENGTH);
  const holds = (arrival: Arrival): boolean => signer.isValid(NOW, arrival, nonce, 0, NONCE_LENGTH);
  for (const [transport, otherPort] of [
    [Transport.udp, false],
    [Transport.dtls, false],
    [Transport.tcp, true],
    [Transport.tls, true],
  ] as const) {
    signer.write(NOW, arrivalFrom(40_000, transport), nonce, 0);
    assert.ok(holds(arrivalFrom(40_000, transport)));
    assert.equal(holds(arrivalFrom(40_001, transport)), otherPort, `transport ${transport}`);
    assert.equal(holds(arrivalFrom(40_000, transport, 6)), false, 'another address');
  }
  signer.write(NOW, arrivalFrom(40_000, Transport.tcp), nonce, 0);
  assert.equal(
    holds(arrivalFrom(40_000, Transport.udp)),
    false,
    'a nonce of TCP says nothing about UDP sources',
  );
});
