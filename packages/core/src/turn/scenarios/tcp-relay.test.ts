import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransportAddress } from '../../path/transport-address.js';
import { Transport } from '../../path/transport-address.js';
import { Attribute } from '../../stun/attributes.js';
import { MessageClass } from '../../stun/message-type.js';
import { Method } from '../../stun/methods.js';
import type { Sent } from './recording-host.test-support.js';
import { address } from './recording-host.test-support.js';
import type { Answer, ClientOptions } from './turn-harness.test-support.js';
import { relaySocketOf, TestClient, text, TurnBench } from './turn-harness.test-support.js';

const PEER = address('203.0.113.77', 7777);

let nextPort = 41_000;

class TcpBench extends TurnBench {
  constructor() {
    super({ features: { tcpRelay: 'on' } });
  }

  control(options: ClientOptions = {}): { client: TestClient; relayed: TransportAddress } {
    const client = this.stream(options);
    const answer = client.request(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 6));
    assert.equal(answer.code, 0);
    return { client, relayed: answer.xorAddress(Attribute.xorRelayedAddress)! };
  }

  stream(options: ClientOptions = {}): TestClient {
    return new TestClient(this, { transport: Transport.tcp, port: nextPort++, ...options });
  }

  /** Sends a Connect that is accepted; returns the driver's task. */
  connect(client: TestClient, peer: TransportAddress): Extract<Sent, { kind: 'connect' }> {
    const answers = client.sendRaw(
      client.build(Method.connect, (w) => w.xorAddress(Attribute.xorPeerAddress, peer)),
    );
    assert.deepEqual(answers, []);
    const task = this.takeSent().find((sent) => sent.kind === 'connect');
    assert.ok(task?.kind === 'connect');
    return task;
  }

  connected(client: TestClient, peer: TransportAddress, handle: number): number {
    const task = this.connect(client, peer);
    this.server.handlePeerConnected(this.now, task.requestId, { ok: true, connection: handle });
    const [answer] = client.takeAnswers();
    assert.equal(answer!.code, 0);
    assert.equal(client.longTerm.handleResponse(answer!.view), 'accept');
    return answer!.u32(Attribute.connectionId)!;
  }

  closedConnections(): number[] {
    return this.takeSent().flatMap((sent) => (sent.kind === 'closeConnection' ? [sent.connection] : []));
  }
}

function connectionBind(client: TestClient, connectionId: number): Answer {
  return client.request(Method.connectionBind, (w) => w.u32(Attribute.connectionId, connectionId));
}

function assertEmpty(bench: TurnBench): void {
  assert.deepEqual(new Set(Object.values(bench.books())), new Set([0]), JSON.stringify(bench.books()));
}

test('Connect, ConnectionBind: the two connections are joined after the answer, once', () => {
  const bench = new TcpBench();
  const { client } = bench.control();
  const connectionId = bench.connected(client, PEER, 501);
  const data = bench.stream();
  assert.equal(connectionBind(data, connectionId).code, 0);
  assert.deepEqual(bench.takeSent(), [{ kind: 'bind', path: data.path, connection: 501 }]);
  assert.equal(connectionBind(bench.stream(), connectionId).code, 400, 'used up');
  bench.advance(100);
  assert.deepEqual(bench.closedConnections(), [], 'a joined connection has no timer');
  client.refresh(0);
  assert.deepEqual(bench.closedConnections(), [501], 'it ends with its allocation');
  bench.server.handlePeerConnectionClosed(501);
  assertEmpty(bench);
});

test('a peer connects: with a permission the client is told and binds, without it the connection is closed', () => {
  const bench = new TcpBench();
  const { client, relayed } = bench.control();
  const relay = relaySocketOf(bench, relayed);
  bench.server.handlePeerIncoming(bench.now, relay, 601, PEER);
  assert.deepEqual(bench.closedConnections(), [601]);
  client.permit(PEER);
  bench.server.handlePeerIncoming(bench.now, relay, 602, PEER);
  const [attempt] = client.takeAnswers();
  assert.equal(attempt!.view.method, Method.connectionAttempt);
  assert.equal(attempt!.view.messageClass, MessageClass.indication);
  assert.deepEqual(attempt!.xorAddress(Attribute.xorPeerAddress), PEER);
  const data = bench.stream();
  assert.equal(connectionBind(data, attempt!.u32(Attribute.connectionId)!).code, 0);
  assert.deepEqual(bench.takeSent(), [{ kind: 'bind', path: data.path, connection: 602 }]);
  bench.server.handlePeerConnectionClosed(602);
  assert.equal(bench.server.counts().peerConnections, 0);
  bench.advance(301);
  bench.server.handlePeerIncoming(bench.now, relay, 603, PEER);
  assert.deepEqual(bench.closedConnections(), [603], 'the permission is over');
});

test('T11: refusals of Connect', () => {
  const bench = new TcpBench();
  const { client, relayed } = bench.control();
  const connect = (peer: TransportAddress) =>
    client.request(Method.connect, (w) => w.xorAddress(Attribute.xorPeerAddress, peer)).code;
  assert.equal(client.request(Method.connect).code, 400);
  assert.equal(connect(address('10.0.0.1', 7777)), 403);
  assert.equal(connect(address('203.0.113.77', 1023)), 403);
  assert.equal(connect(address('203.0.113.77', 0)), 403);
  assert.equal(connect(relayed), 403);
  assert.equal(connect(address('2001:db8:77::1', 7777)), 443);
  for (let i = 0; i < 4; i++) bench.connected(client, address('203.0.113.77', 5000 + i), 700 + i);
  assert.equal(connect(address('203.0.113.77', 5000)), 446);
  assert.equal(connect(address('203.0.113.77', 6000)), 486);
  // Incoming connections count too.
  client.permit(PEER);
  bench.takeSent();
  bench.server.handlePeerIncoming(bench.now, relaySocketOf(bench, relayed), 777, PEER);
  assert.deepEqual(bench.closedConnections(), [777]);
  const outsider = bench.stream();
  assert.equal(
    outsider.request(Method.connect, (w) => w.xorAddress(Attribute.xorPeerAddress, PEER)).code,
    437,
  );
});

test('T11: a failed or slow connection is 447, and one that comes after that is closed', () => {
  const bench = new TcpBench();
  const { client } = bench.control();
  const failing = bench.connect(client, PEER);
  bench.server.handlePeerConnected(bench.now, failing.requestId, { ok: false });
  assert.equal(client.takeAnswers()[0]!.code, 447);
  const slow = bench.connect(client, PEER);
  bench.advance(29);
  assert.deepEqual(client.takeAnswers(), []);
  bench.advance(2);
  assert.equal(client.takeAnswers()[0]!.code, 447);
  bench.server.handlePeerConnected(bench.now, slow.requestId, { ok: true, connection: 801 });
  assert.deepEqual(bench.closedConnections(), [801]);
  const orphaned = bench.connect(client, PEER);
  client.refresh(0);
  bench.takeSent();
  bench.server.handlePeerConnected(bench.now, orphaned.requestId, { ok: true, connection: 802 });
  assert.deepEqual(bench.closedConnections(), [802]);
  assertEmpty(bench);
});

test('T11: ConnectionBind only within 30 s, by the same user, on a fresh stream', () => {
  const bench = new TcpBench();
  const { client } = bench.control();
  const connectionId = bench.connected(client, PEER, 901);
  const mallory = bench.stream({ identity: 'mallory' });
  assert.equal(connectionBind(mallory, connectionId).code, 441);
  assert.equal(connectionBind(bench.stream(), connectionId ^ 1).code, 400);
  assert.equal(bench.stream().request(Method.connectionBind).code, 400);
  assert.equal(connectionBind(client, connectionId).code, 400, 'the control connection carries no data');
  assert.equal(connectionBind(new TestClient(bench, { port: nextPort++ }), connectionId).code, 400, 'UDP');
  assert.deepEqual(bench.closedConnections(), []);
  bench.advance(31);
  assert.deepEqual(bench.closedConnections(), [901]);
  assert.equal(connectionBind(bench.stream(), connectionId).code, 400);
});

test('a TCP allocation knows neither channels nor Send, and unsolicited datagrams are nobody’s', () => {
  const bench = new TcpBench();
  const { client, relayed } = bench.control();
  client.permit(PEER);
  assert.equal(client.bind(0x4000, PEER).code, 400);
  assert.deepEqual(client.send(PEER, text('x')), []);
  bench.deliverFromPeer(relaySocketOf(bench, relayed), PEER, text('x'));
  assert.deepEqual(bench.takeSent(), []);
  assert.equal(bench.dropCount('peer_datagram_no_allocation'), 1);
});

test('while TCP relaying is off its methods do not exist', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench, { transport: Transport.tcp });
  assert.deepEqual(client.sendRaw(client.build(Method.connect)), []);
  assert.deepEqual(client.sendRaw(client.build(Method.connectionBind)), []);
  assert.equal(bench.dropCount('stun_unexpected_class'), 2);
});
