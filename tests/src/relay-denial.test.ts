import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { Attribute } from '@madang/core/stun/attributes';
import { hasAddress } from '@madang/testkit/free-ports';
import { ServerProcess, TURN_PASSWORD, TURN_USER } from '@madang/testkit/server-process';
import { TurnClient } from '@madang/testkit/turn-client';
import type { TurnServerAddress } from '@madang/testkit/turn-transport';
import { openTcpTransport, openTlsTransport, openUdpTransport } from '@madang/testkit/turn-transport';
import { FORBIDDEN_PEERS } from './peer-encodings.js';

const HAS_IPV6 = await hasAddress('::1');
const IPV6 = 2;
const DATA = Buffer.from('nobody may hear this');

const TRANSPORTS = { udp: openUdpTransport, tcp: openTcpTransport, tls: openTlsTransport };
type TransportName = keyof typeof TRANSPORTS;

describe('T1, T2: peers of no use on the Internet, and our own ports', () => {
  let server: ServerProcess;
  const listeners: Listener[] = [];

  before(async () => {
    server = await ServerProcess.start({
      hosts: HAS_IPV6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'],
      peers: 'production',
    });
    const wildcard = await listen('0.0.0.0', 0);
    listeners.push(wildcard);
    // The same port on every loopback address: whatever an encoding means here, somebody listens.
    if (HAS_IPV6) listeners.push(await listen('::1', wildcard.port));
  });
  after(async () => {
    for (const { socket } of listeners) socket.close();
    await server.stop();
  });

  test('the matrix is large enough', () => {
    assert.ok(FORBIDDEN_PEERS.length >= 120);
    assert.equal(new Set(FORBIDDEN_PEERS.map(({ text }) => text)).size, FORBIDDEN_PEERS.length);
  });

  for (const transport of Object.keys(TRANSPORTS) as TransportName[]) {
    test(`over ${transport}: every encoding is 403, nothing leaves`, async (t) => {
      if (!HAS_IPV6) {
        t.skip('this machine has no ::1');
        return;
      }
      const client = await connect(server, transport);
      const { code } = await client.allocate((writer) =>
        writer.u8WithReserved(Attribute.additionalAddressFamily, IPV6),
      );
      assert.equal(code, 0);
      assert.equal(client.relayed.length, 2, 'a relayed address of each family');
      const port = listeners[0]!.port;
      let channel = 0x4000;
      for (const { text, family } of FORBIDDEN_PEERS) {
        const peer = family === 4 ? `${text}:${port}` : `[${text}]:${port}`;
        assert.equal((await client.createPermission(peer)).code, 403, `CreatePermission ${peer}`);
        assert.equal((await client.channelBind(channel, peer)).code, 403, `ChannelBind ${peer}`);
        client.sendIndication(peer, DATA);
        client.sendChannelData(channel, DATA);
        channel++;
      }
      await assertNothingLeft(server, client, FORBIDDEN_PEERS.length);
    });
  }

  test('a peer of the other family is 443, whatever it is', async (t) => {
    if (!HAS_IPV6) {
      t.skip('this machine has no ::1');
      return;
    }
    for (const [allocated, requested] of [
      [4, undefined],
      [6, IPV6],
    ] as const) {
      const client = await connect(server, 'udp');
      const { code } = await client.allocate((writer) => {
        if (requested) writer.u8WithReserved(Attribute.requestedAddressFamily, requested);
      });
      assert.equal(code, 0);
      for (const { text, family } of FORBIDDEN_PEERS) {
        const peer = family === 4 ? `${text}:9` : `[${text}]:9`;
        const expected = family === allocated ? 403 : 443;
        assert.equal((await client.createPermission(peer)).code, expected, `CreatePermission ${peer}`);
        assert.equal((await client.channelBind(0x4001, peer)).code, expected, `ChannelBind ${peer}`);
        client.sendIndication(peer, DATA);
      }
      await assertNothingLeft(server, client, 0);
    }
  });

  test('our own ports on our own addresses, and port 0 of anybody', async () => {
    const client = await connect(server, 'udp');
    assert.equal((await client.allocate()).code, 0);
    const own = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
    );
    assert.ok(own.includes('127.0.0.1'));
    const ports = [server.turnPort, server.turnTlsPort, Number(new URL(server.httpUrl).port), 22, 4222, 6379];
    for (const address of own) {
      for (const port of ports) {
        const peer = `${address}:${port}`;
        assert.equal((await client.channelBind(0x4000, peer)).code, 403, `ChannelBind ${peer}`);
        client.sendIndication(peer, DATA);
      }
    }
    assert.equal((await client.channelBind(0x4000, '8.8.8.8:0')).code, 403, 'port 0');
    await assertNothingLeft(server, client, 0);
  });

  test('a public peer is not refused', async () => {
    const client = await connect(server, 'udp');
    assert.equal((await client.allocate()).code, 0);
    assert.equal((await client.createPermission('8.8.8.8:53')).code, 0);
    assert.equal((await client.channelBind(0x4000, '8.8.4.4:53')).code, 0);
    await client.refresh(0);
    client.close();
  });

  /** Nothing was relayed, nothing was tried, nobody heard anything; ends the client's allocation. */
  async function assertNothingLeft(from: ServerProcess, client: TurnClient, least: number): Promise<void> {
    // Answered requests say that what was sent before has been handled.
    assert.equal((await client.refresh(600)).code, 0);
    const figures = await from.metrics();
    assert.equal(figures.get('madang_relay_packets_total{direction="to_peer"}'), 0);
    const errors = [...figures].filter(([series]) => series.startsWith('madang_send_errors_total'));
    assert.deepEqual(errors, []);
    const denied = figures.get('madang_drops_total{reason="peer_address_denied"}')!;
    const unpermitted = figures.get('madang_drops_total{reason="peer_not_permitted"}')!;
    assert.ok(denied + unpermitted >= least, `${denied} + ${unpermitted} drops`);
    for (const { heard, name } of listeners) assert.equal(heard(), 0, `${name} heard something`);
    await client.refresh(0);
    client.close();
  }
});

test('the listeners would hear: what --allow-peers opens gets through to one of them', async () => {
  const listener = await listen('127.0.0.1', 0);
  const server = await ServerProcess.start();
  const client = await connect(server, 'udp');
  try {
    assert.equal((await client.allocate()).code, 0);
    const peer = `127.0.0.1:${listener.port}`;
    client.sendIndication(peer, DATA);
    assert.equal((await client.refresh(600)).code, 0);
    assert.equal(listener.heard(), 0, 'not without a permission');
    assert.equal((await client.createPermission(peer)).code, 0);
    const heard = once(listener.socket, 'message');
    client.sendIndication(peer, DATA);
    const [message] = (await heard) as [Buffer];
    assert.deepEqual(message, DATA);
    // Loopback is lifted; what is of no use anywhere, and disguises of what is lifted, are not.
    for (const never of ['169.254.169.254:80', '224.0.0.1:80', '255.255.255.255:80', '0.0.0.0:80']) {
      assert.equal((await client.createPermission(never)).code, 403, never);
    }
  } finally {
    client.close();
    listener.socket.close();
    await server.stop();
  }
});

interface Listener {
  readonly socket: Socket;
  readonly name: string;
  readonly port: number;
  readonly heard: () => number;
}

async function listen(address: string, port: number): Promise<Listener> {
  const socket = createSocket({
    type: address.includes(':') ? 'udp6' : 'udp4',
    ipv6Only: address.includes(':'),
  });
  let messages = 0;
  socket.on('message', () => messages++);
  socket.bind(port, address);
  await once(socket, 'listening');
  const bound = socket.address().port;
  return { socket, name: `${address} port ${bound}`, port: bound, heard: () => messages };
}

async function connect(server: ServerProcess, transport: TransportName): Promise<TurnClient> {
  const port = transport === 'tls' ? server.turnTlsPort : server.turnPort;
  const address: TurnServerAddress = { host: server.host, port };
  return new TurnClient({
    transport: await TRANSPORTS[transport](address),
    username: TURN_USER,
    password: TURN_PASSWORD,
  });
}
