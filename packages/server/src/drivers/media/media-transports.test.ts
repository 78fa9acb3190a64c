import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { loadFfi } from '../../native/ffi.js';
import { MediaWorld } from './media-world.test-support.js';
import type { MediaWorldOptions } from './media-world.test-support.js';

const skip = loadFfi().ok ? false : 'FFI not available';

/** Runs a test in a world of its own. */
function inWorld(
  name: string,
  run: (world: MediaWorld) => Promise<void>,
  options: MediaWorldOptions = {},
): void {
  test(name, { skip, timeout: 30_000 }, async () => {
    const world = await MediaWorld.open(options);
    try {
      await run(world);
    } finally {
      world.stop();
    }
  });
}

/** Media in both directions, RTP and RTCP, over a connected pair. */
async function exchange(
  world: MediaWorld,
  { peer, transport, transportId }: Awaited<ReturnType<MediaWorld['connect']>>,
  sequence = 1,
): Promise<void> {
  const heard: string[] = [];
  peer.onRtp = ({ bytes, payloadOffset, payloadLength }) =>
    heard.push(`rtp ${Buffer.from(bytes.subarray(payloadOffset, payloadOffset + payloadLength)).toString()}`);
  peer.onRtcp = (bytes, offset, length) =>
    heard.push(`rtcp ${Buffer.from(bytes.subarray(offset + 8, offset + length)).toString()}`);
  world.rtp.length = 0;
  world.rtcp.length = 0;
  for (let i = 0; i < 3; i++) {
    world.sendRtp(peer, sequence + i, `up ${i}`);
    world.sendRtp(transport, sequence + i, `down ${i}`);
  }
  world.sendRtcp(peer, 'rise');
  world.sendRtcp(transport, 'fall');
  await world.until(() => world.rtp.length === 3 && world.rtcp.length === 1 && heard.length === 4);
  assert.deepEqual(
    world.rtp,
    [0, 1, 2].map((i) => ({ transportId, payload: `up ${i}` })),
  );
  assert.deepEqual(world.rtcp, [{ transportId, payload: 'rise' }]);
  assert.deepEqual(heard, ['rtp down 0', 'rtp down 1', 'rtp down 2', 'rtcp fall']);
}

for (const kind of ['native', 'dgram'] as const) {
  for (const dtlsRole of ['client', 'server'] as const) {
    for (const protocol of ['udp', 'tcp'] as const) {
      inWorld(
        `${kind}, ${protocol}: a peer that is the DTLS ${dtlsRole} connects, and media flows both ways`,
        async (world) => {
          const pair = await world.connect({ dtlsRole, protocol });
          assert.deepEqual(world.events, ['connected 1']);
          assert.equal(world.transports.counters.handshakes, 0);
          await exchange(world, pair);
          assert.ok(pair.transport.roundTripMs > 0 && pair.transport.roundTripMs < 1000);
          assert.ok(world.batchEnds > 0);
          assert.equal(pair.transport.sentPackets, 4);
          assert.deepEqual(world.dropped(), []);
        },
        { kind },
      );
    }
  }
}

inWorld('as DTLS client we wait for a path that has answered before we begin', async (world) => {
  const peer = world.peers.create({ dtlsRole: 'server' });
  peer.ice.answersChecks = 'no';
  const transportId = world.openTransport(peer.parameters);
  await sleep(60);
  const connecting = peer.connect(world.serverOf(transportId));
  await world.until(() => peer.ice.checksReceived > 0);
  await sleep(60);
  assert.equal(world.transports.counters.handshakes, 0);
  peer.ice.answersChecks = 'yes';
  await connecting;
  await world.until(() => world.events.includes(`connected ${transportId}`));
});

inWorld('what the peer answers may come after its checks and its handshake', async (world) => {
  const peer = world.peers.create();
  const transportId = world.openTransport();
  const connecting = peer.connect(world.serverOf(transportId));
  await connecting;
  await sleep(50);
  assert.deepEqual(world.events, [], 'nobody is proven yet');
  world.transports.setRemote(performance.now() as never, transportId, peer.parameters);
  await world.until(() => world.events.includes(`connected ${transportId}`));
  await exchange(world, { peer, transportId, transport: world.transports.transport(transportId)! });
});

inWorld("a peer's close_notify ends the transport, and closing here tells the peer", async (world) => {
  const first = await world.connect();
  const second = await world.connect();
  const ended: string[] = [];
  second.peer.onEnd = (reason) => ended.push(reason);
  first.peer.close();
  await world.until(() => world.events.includes('ended 1 closed: the peer has closed'));
  world.transports.close(second.transportId);
  await world.until(() => ended.length === 1);
  assert.deepEqual(ended, ['the server has closed']);
  assert.equal(world.events.at(-1), 'ended 2 closed: closed here');
  assert.equal(world.transports.counters.transports, 0);
  assert.equal(world.network.paths.size, 0, 'no path is left behind');
  assert.equal(second.transport.beginPacket(100), false);
});

inWorld(
  'rebinding: media goes to the new port within a second, and nothing to the old one',
  async (world) => {
    const pair = await world.connect();
    await exchange(world, pair);
    const old = world.network.paths.size;
    await pair.peer.rebind();
    let sequence = 100;
    const before = pair.peer.receivedPackets;
    await world.until(() => {
      world.sendRtp(pair.transport, sequence++, 'on');
      return pair.peer.receivedPackets > before;
    });
    await sleep(50);
    await exchange(world, pair, 5000);
    assert.deepEqual(world.events, ['connected 1']);
    assert.equal(world.network.paths.size, old + 1);
  },
);

inWorld('the path may change in the middle of a handshake', async (world) => {
  const peer = world.peers.create();
  const transportId = world.openTransport(peer.parameters);
  const send = world.network.send.bind(world.network);
  let held = 0;
  world.network.send = (path, bytes, offset, length) => {
    const isDtls = bytes[offset]! >= 20 && bytes[offset]! < 64;
    if (isDtls) held++;
    else send(path, bytes, offset, length);
  };
  const connecting = peer.connect(world.serverOf(transportId));
  await world.until(() => held > 0);
  assert.equal(world.transports.counters.handshakes, 1);
  await peer.rebind();
  world.network.send = send;
  await connecting;
  await world.until(() => world.events.includes(`connected ${transportId}`));
  await exchange(world, { peer, transportId, transport: world.transports.transport(transportId)! });
});

inWorld(
  'ICE restart: media goes on, and the old credentials end with the nomination of the new',
  async (world) => {
    const pair = await world.connect();
    const local = { ufrag: 'again', pwd: 'server-password-after-restart' };
    const remote = { ufrag: 'anew', pwd: 'client-password-after-restart' };
    const now = performance.now() as never;
    world.transports.restartIce(now, pair.transportId, local, {
      ...pair.peer.parameters,
      iceUfrag: remote.ufrag,
      icePwd: remote.pwd,
    });
    await exchange(world, pair);
    const checks = pair.peer.ice.checksReceived;
    pair.peer.restartIce(remote, local);
    await world.until(() => pair.peer.ice.checksReceived > checks && pair.peer.ice.state === 'connected');
    await exchange(world, pair, 200);
    const unknown = world.drops('ice_unknown_username');
    pair.peer.restartIce(remote, { ufrag: 'srv1', pwd: 'server-password-of-transport-1' });
    await world.until(() => world.drops('ice_unknown_username') > unknown);
    await exchange(world, pair, 400);
    assert.deepEqual(world.events, ['connected 1']);
  },
);

inWorld(
  'I3: a peer that is gone without a word is sent nothing after consent has run out',
  async (world) => {
    const pair = await world.connect();
    pair.peer.ice.answersChecks = 'no';
    await world.until(() => world.events.length === 2, 3000);
    assert.equal(world.events[1], 'ended 1 failed: ICE: the peer has stopped answering (consent)');
    assert.equal(pair.transport.beginPacket(100), false);
    const sent = world.network.counters.sentPackets;
    await sleep(300);
    assert.equal(world.network.counters.sentPackets, sent, 'not even its checks are answered');
  },
  { limits: { consentSeconds: 1 } },
);

inWorld('a transport opened twice is our mistake, an unknown one is ignored', async (world) => {
  const peer = world.peers.create();
  world.openTransport(peer.parameters);
  const now = performance.now() as never;
  const parameters = world.transports.transport(1)!.parameters;
  assert.throws(() => {
    world.transports.open(now, parameters);
  });
  world.transports.setRemote(now, 99, peer.parameters);
  world.transports.restartIce(now, 99, { ufrag: 'u', pwd: 'p' });
  world.transports.close(99);
  assert.equal(world.transports.transport(99), undefined);
  await Promise.resolve();
});
