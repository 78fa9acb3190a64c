import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Arrival } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import { Transport } from '@madang/core/path/transport-address';
import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import { PeerIce } from '../../load/peer/peer-ice.js';
import { createCrypto } from '../../crypto/create-crypto.js';
import { NodeRandom } from '../../crypto/node-random.js';
import { loadFfi } from '../../native/ffi.js';
import { systemClock } from '../clock.js';
import type { MediaWorldOptions } from './media-world.test-support.js';
import { MediaWorld } from './media-world.test-support.js';

const skip = loadFfi().ok ? false : 'FFI not available';

/** Runs a test in a world of its own. */
function inWorld(name: string, options: MediaWorldOptions, run: (world: MediaWorld) => Promise<void>): void {
  test(name, { skip, timeout: 30_000 }, async () => {
    const world = await MediaWorld.open(options);
    try {
      await run(world);
    } finally {
      world.stop();
    }
  });
}

/** Somebody at another port who has no password. */
class Stranger {
  receivedBytes = 0;
  readonly #socket: UdpSocket = createSocket('udp4');
  readonly #port: number;

  constructor(world: MediaWorld) {
    this.#port = world.address.port;
    this.#socket.on('message', (bytes) => (this.receivedBytes += bytes.length));
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(bytes, this.#port, '127.0.0.1', () => {
        resolve();
      });
    });
  }

  close(): void {
    this.#socket.close();
  }
}

const HELLO_HEAD = '16fefd0000000000000000';

/** A ClientHello that offers only the suite without encryption, with a random of its own. */
function nullHello(random: number): Buffer {
  const body = Buffer.concat([
    Buffer.from('fefd', 'hex'),
    Buffer.alloc(32, random),
    Buffer.from('00000004000100020100', 'hex'),
  ]);
  const message = Buffer.concat([Buffer.from('010000000000000000000000', 'hex'), body]);
  message.writeUIntBE(body.length, 1, 3);
  message.writeUIntBE(body.length, 9, 3);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([Buffer.from(HELLO_HEAD, 'hex'), length, message]);
}

/** handshake_failure and close_notify, which nobody has authenticated. */
const ALERTS = ['15fefd000000000000000000020228', '15fefd000000000000000100020100'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

function rtpLike(sequence: number, length = 200): Buffer {
  const bytes = Buffer.alloc(length, sequence);
  bytes.writeUInt16BE(0x8060, 0);
  bytes.writeUInt16BE(sequence & 0xffff, 2);
  bytes.writeUInt32BE(77, 8);
  return bytes;
}

inWorld('I4: whoever has sent no valid check gets not one byte, whatever he sends', {}, async (world) => {
  const pair = await world.connect();
  const stranger = new Stranger(world);
  const rtcp = rtpLike(1);
  rtcp[1] = 200;
  const noise = [
    rtpLike(1),
    rtcp,
    nullHello(1),
    ...ALERTS,
    Buffer.alloc(0),
    Buffer.from([0]),
    Buffer.alloc(100, 0xff),
    Buffer.alloc(100, 80),
    Buffer.from('000100002112a442000102030405060708090a0b', 'hex'),
    Buffer.from('010100002112a442000102030405060708090a0b', 'hex'),
    Buffer.from('001100002112a442000102030405060708090a0b', 'hex'),
    Buffer.from('000300002112a442000102030405060708090a0b', 'hex'),
  ];
  for (let round = 0; round < 20; round++) {
    for (const bytes of noise) await stranger.send(bytes);
    await sleep(1);
  }
  await world.until(() => world.drops('unknown_path') >= 100);
  await sleep(50);
  assert.equal(stranger.receivedBytes, 0);
  assert.equal(world.network.paths.size, 1);
  assert.deepEqual(world.rtp, []);
  world.sendRtp(pair.peer, 1, 'still here');
  await world.until(() => world.rtp.length === 1);
  assert.deepEqual(world.events, ['connected 1']);
  stranger.close();
});

inWorld('I2: media never goes to an address that has checked but does not answer', {}, async (world) => {
  const peer = world.peers.create();
  peer.ice.answersChecks = 'no';
  const transportId = world.openTransport(peer.parameters);
  const before = world.network.counters.sentBytes;
  peer.connect(world.serverOf(transportId)).catch(() => undefined);
  await world.until(() => peer.ice.checksReceived > 0);
  await sleep(700);
  assert.deepEqual(world.events, []);
  assert.equal(world.transports.transport(transportId)!.beginPacket(100), false);
  const { sentBytes, receivedBytes } = world.network.counters;
  assert.ok(sentBytes - before <= 3 * receivedBytes, `${sentBytes} sent, ${receivedBytes} received`);
});

inWorld('I2: a path that has answered for one transport is not given to another', {}, async (world) => {
  const pair = await world.connect();
  const thief = world.peers.create();
  const wire = pair.peer.wire!;
  world.openTransport(thief.parameters);
  const { iceUfrag: ufrag, icePwd: pwd, address } = world.serverOf(2);
  const checks = new PeerIce({
    crypto: createCrypto().crypto,
    random: new NodeRandom(),
    local: thief.ice.local,
    send: (bytes, offset, length) => {
      wire.send(bytes, offset, length);
    },
  });
  checks.start(systemClock.now(), { ufrag, pwd }, address);
  world.flush();
  await world.until(() => world.drops('ice_path_refused') === 1);
  world.sendRtp(pair.peer, 1, 'mine');
  await world.until(() => world.rtp.length === 1);
  assert.deepEqual(world.rtp, [{ transportId: 1, payload: 'mine' }]);
});

inWorld('no datagram makes the receiver throw, whoever sends it', {}, async (world) => {
  const { peer } = await world.connect();
  const { udpReceiver } = world.transports;
  const arrival: Arrival = {
    path: 0,
    socket: 0,
    transport: Transport.udp,
    family: 4,
    port: 9,
    words: new Uint32Array(8),
  };
  assert.ok(world.network.paths.has(arrival.path));
  const first = fc.constantFrom(0, 1, 19, 20, 21, 22, 23, 63, 64, 128, 0x90, 0xbf, 255);
  fc.assert(
    fc.property(first, fc.uint8Array({ maxLength: 300 }), fc.boolean(), (byte, rest, known) => {
      arrival.path = known ? 0 : NO_PATH;
      const bytes = Buffer.concat([Buffer.from([byte]), rest]);
      udpReceiver.handleDatagram(arrival, bytes, 0, bytes.length);
      if (byte >= 20 && byte < 64 && bytes.length > 5) {
        // As a record of the session, and as one of the handshake.
        bytes.set([0xfe, 0xfd, 0, rest.length & 1], 1);
        udpReceiver.handleDatagram(arrival, bytes, 0, bytes.length);
      }
    }),
    { numRuns: 3000 },
  );
  await sleep(20);
  assert.deepEqual(world.events, ['connected 1']);
  await sleep(1000);
  world.sendRtp(peer, 1, 'still here');
  await world.until(() => world.rtp.length === 1);
});

inWorld('D1: hellos and alerts from elsewhere spoil no handshake', {}, async (world) => {
  const stranger = new Stranger(world);
  let spraying = true;
  const spray = (async () => {
    for (let i = 0; spraying; i++) {
      await stranger.send(nullHello(i));
      for (const alert of ALERTS) await stranger.send(alert);
      if (i % 20 === 0) await sleep(1);
    }
  })();
  for (let i = 0; i < 20; i++) await world.connect();
  spraying = false;
  await spray;
  assert.equal(stranger.receivedBytes, 0);
  assert.ok(world.drops('unknown_path') > 0);
  assert.equal(world.transports.counters.transports, 20);
  stranger.close();
});

for (const dtlsRole of ['client', 'server'] as const) {
  inWorld(
    `D1: hellos and alerts on the path itself reset neither a running nor a finished handshake (peer is ${dtlsRole})`,
    {},
    async (world) => {
      const peer = world.peers.create({ dtlsRole });
      const transportId = world.openTransport(peer.parameters);
      const send = world.network.send.bind(world.network);
      let flights = 0;
      // While the server's first flight is on its way, what is not authentic comes in between.
      world.network.send = (path, bytes, offset, length) => {
        send(path, bytes, offset, length);
        if (bytes[offset]! >= 20 && bytes[offset]! < 64 && flights++ < 5) {
          for (const evil of [nullHello(flights), ...ALERTS]) peer.wire!.send(evil, 0, evil.length);
        }
      };
      await peer.connect(world.serverOf(transportId));
      await world.until(() => world.events.includes('connected 1'));
      world.network.send = send;
      for (let i = 0; i < 50; i++) for (const evil of [nullHello(i), ...ALERTS]) world.sendRaw(peer, evil);
      await world.until(() => world.drops('dtls_unexpected') + world.drops('dtls_guarded') >= 150);
      world.sendRtp(peer, 1, 'still here');
      await world.until(() => world.rtp.length === 1);
      assert.deepEqual(world.events, ['connected 1']);
      assert.equal(world.transports.counters.handshakes, 0);
    },
  );
}

inWorld('D1: a hello nobody can agree with leaves room for the right one', {}, async (world) => {
  const peer = world.peers.create();
  const transportId = world.openTransport(peer.parameters);
  const { ice } = peer;
  const begin = ice.handleStun.bind(ice);
  // Just before the peer's own hello.
  ice.handleStun = (bytes, offset, length) => {
    begin(bytes, offset, length);
    if (ice.state === 'connected') peer.wire!.send(nullHello(3), 0, nullHello(3).length);
  };
  await peer.connect(world.serverOf(transportId));
  await world.until(() => world.events.includes('connected 1'));
});

inWorld(
  'D2: so many handshakes at a time and no more; those that come to no end are given up',
  { limits: { handshakesTotal: 3, handshakeTimeoutMilliseconds: 600 } },
  async (world) => {
    const send = world.network.send.bind(world.network);
    world.network.send = (path, bytes, offset, length) => {
      if (bytes[offset]! < 20 || bytes[offset]! > 63) send(path, bytes, offset, length);
    };
    for (let i = 0; i < 8; i++) {
      const peer = world.peers.create();
      peer.connect(world.serverOf(world.openTransport(peer.parameters))).catch(() => undefined);
    }
    await world.until(() => world.transports.counters.handshakes === 3);
    await world.until(() => world.drops('dtls_handshake_limit') >= 5);
    assert.equal(world.transports.counters.handshakes, 3);
    await world.until(() => world.events.length >= 3);
    assert.match(world.events[0]!, /failed: the handshake took too long/);
    world.network.send = send;
    await world.until(() => world.transports.counters.handshakes === 0 && world.events.length === 8, 8000);
    assert.equal(world.events.filter((line) => line.startsWith('connected')).length, 5);
  },
);

const WRONG_DIGEST = Array.from({ length: 32 }, () => 'AB').join(':');

/** Threat D3: what is announced, and whether the peer's certificate (SHA-256) is among it. */
const announcements: readonly (readonly [
  string,
  (right: string) => RemoteTransportParameters['fingerprints'],
  'accepted' | 'refused',
])[] = [
  ['another digest', () => [{ algorithm: 'sha-256', value: WRONG_DIGEST }], 'refused'],
  ['none at all', () => [], 'refused'],
  ['an empty one', () => [{ algorithm: 'sha-256', value: '' }], 'refused'],
  [
    'the beginning of the right one',
    (right) => [{ algorithm: 'sha-256', value: right.slice(0, 29) }],
    'refused',
  ],
  [
    'the right one under the name of another hash',
    (right) => [{ algorithm: 'sha-512', value: right }],
    'refused',
  ],
  [
    'the right one in lower case',
    (right) => [{ algorithm: 'sha-256', value: right.toLowerCase() }],
    'accepted',
  ],
  [
    'the right one behind a wrong one',
    (right) => [
      { algorithm: 'sha-256', value: WRONG_DIGEST },
      { algorithm: 'sha-256', value: right },
    ],
    'accepted',
  ],
];

for (const dtlsRole of ['client', 'server'] as const) {
  for (const [name, announce, verdict] of announcements) {
    inWorld(`D3: a DTLS ${dtlsRole} that has announced ${name} is ${verdict}`, {}, async (world) => {
      const peer = world.peers.create({ dtlsRole });
      const right = peer.parameters.fingerprints[0]!.value;
      const transportId = world.openTransport({ ...peer.parameters, fingerprints: announce(right) });
      const transport = world.transports.transport(transportId)!;
      await peer.connect(world.serverOf(transportId));
      if (peer.isConnected) world.sendRtp(peer, 1, 'x');
      await world.until(() => world.events.length > 0);
      if (verdict === 'accepted') {
        assert.deepEqual(world.events, ['connected 1']);
        return;
      }
      await sleep(20);
      assert.match(world.events.join(), /^ended 1 failed: the certificate is not the one/);
      assert.deepEqual([world.rtp.length, transport.beginPacket(10), transport.sentPackets], [0, false, 0]);
    });
  }
}

inWorld('D3: another certificate announced later ends what was proven', {}, async (world) => {
  const { peer, transportId } = await world.connect();
  const fingerprints = [{ algorithm: 'sha-256', value: WRONG_DIGEST }] as const;
  world.transports.setRemote(performance.now() as never, transportId, { ...peer.parameters, fingerprints });
  assert.match(world.events[1]!, /ended 1 failed: the peer has announced another certificate/);
});

inWorld(
  'M4: twenty thousand wrong and replayed packets end nothing',
  { limits: { ingressBitrateBps: 0, ingressPacketsPerSecond: 0 } },
  async (world) => {
    const { peer } = await world.connect();
    const captured: Buffer[] = [];
    const wire = peer.wire!;
    const commit = wire.commitSlot.bind(wire);
    wire.commitSlot = (length) => {
      captured.push(Buffer.from(wire.slotBytes.subarray(wire.slotOffset, wire.slotOffset + length)));
      commit(length);
    };
    for (let i = 0; i < 20; i++) world.sendRtp(peer, i, `packet ${i}`);
    world.sendRtcp(peer, 'rise');
    await world.until(() => world.rtp.length === 20 && world.rtcp.length === 1);
    let sent = 0;
    while (sent < 20_000) {
      for (const packet of captured) {
        const bad = Buffer.from(packet);
        bad[12 + (sent % (packet.length - 12))]! ^= 1 << (sent & 7);
        for (const bytes of [packet, bad, packet.subarray(0, sent % packet.length), rtpLike(sent)]) {
          world.sendRaw(peer, bytes);
          sent++;
        }
      }
      await sleep(1);
    }
    world.sendRtp(peer, 100, 'the last');
    await world.until(() => world.rtp.length === 21);
    assert.equal(world.rtp.at(-1)!.payload, 'the last');
    assert.equal(world.rtcp.length, 1);
    assert.ok(world.drops('srtp_auth') > 100 && world.drops('srtp_replay') > 100, world.dropped().join());
    assert.deepEqual(world.events, ['connected 1']);
  },
);

inWorld(
  'M6: what one transport sends above its rate is dropped, newest first, and others lose nothing',
  { limits: { ingressPacketsPerSecond: 200 } },
  async (world) => {
    const flooder = await world.connect();
    const other = await world.connect();
    const of = ({ transportId }: typeof flooder): number =>
      world.rtp.filter((packet) => packet.transportId === transportId).length;
    const begun = performance.now();
    for (let i = 0; i < 2000; i++) {
      world.sendRtp(flooder.peer, i, `${i}`);
      if (i % 20 === 0) {
        world.sendRtp(other.peer, i, `${i}`);
        await sleep(1);
      }
    }
    await world.until(() => world.drops('ingress_limit') + of(flooder) === 2000);
    const seconds = (performance.now() - begun) / 1000;
    assert.ok(of(flooder) >= 200 && of(flooder) <= 200 * (1 + seconds) + 1, `${of(flooder)} in ${seconds} s`);
    assert.deepEqual(
      world.rtp.filter(({ transportId }) => transportId === flooder.transportId).slice(0, 200),
      Array.from({ length: 200 }, (_, i) => ({ transportId: flooder.transportId, payload: `${i}` })),
    );
    assert.equal(of(other), 100);
    assert.deepEqual(world.events, ['connected 1', 'connected 2']);
  },
);

inWorld('M6: bits count as well as packets', { limits: { ingressBitrateBps: 80_000 } }, async (world) => {
  const { peer } = await world.connect();
  for (let i = 0; i < 30; i++) world.sendRtp(peer, i, 'x'.repeat(1000));
  await world.until(() => world.drops('ingress_limit') + world.rtp.length === 30);
  assert.ok(world.rtp.length >= 9 && world.rtp.length <= 11, `${world.rtp.length}`);
});

inWorld(
  'a TCP connection without a valid check is closed in time, one with a frame too long at once',
  { streamLimits: { unauthenticatedSeconds: 0.3 } },
  async (world) => {
    const { port } = world.tcpAddress;
    const silent = connectTcp({ port, host: '127.0.0.1' });
    const noisy = connectTcp({ port, host: '127.0.0.1' });
    const long = connectTcp({ port, host: '127.0.0.1' });
    for (const socket of [silent, noisy, long]) socket.on('error', () => undefined);
    await Promise.all([silent, noisy, long].map((socket) => once(socket, 'connect')));
    let answered = 0;
    noisy.on('data', (chunk: Buffer) => (answered += chunk.length));
    noisy.write(Buffer.from('0014000100002112a442000102030405060708090a0b', 'hex'));
    noisy.write(Buffer.concat([Buffer.from('00c8', 'hex'), rtpLike(1)]));
    const closed: Socket[] = [];
    for (const socket of [silent, noisy, long]) socket.resume().once('close', () => closed.push(socket));
    long.write(Buffer.from('ffff', 'hex'));
    const { peer } = await world.connect({ protocol: 'tcp' });
    await world.until(() => closed.length === 3);
    assert.equal(closed[0], long);
    assert.equal(answered, 0);
    await sleep(400);
    world.sendRtp(peer, 1, 'stays');
    await world.until(() => world.rtp.length === 1);
    assert.equal(world.transports.counters.streams, 1);
    peer.vanish();
    await world.until(() => world.transports.counters.streams === 0);
    assert.equal(world.network.paths.size, 0);
  },
);

inWorld(
  'a peer that reads too slowly over TCP loses packets and stays',
  { streamLimits: { writeBufferBytes: 20_000 } },
  async (world) => {
    const { peer, transport } = await world.connect({ protocol: 'tcp' });
    for (let i = 0; i < 200; i++) world.sendRtp(transport, i, 'x'.repeat(1000));
    assert.ok(world.drops('stream_congested') > 100);
    await world.until(() => peer.receivedPackets > 10);
    world.sendRtp(transport, 300, 'more');
    const before = peer.receivedPackets;
    await world.until(() => peer.receivedPackets > before);
    assert.deepEqual(world.events, ['connected 1']);
  },
);
