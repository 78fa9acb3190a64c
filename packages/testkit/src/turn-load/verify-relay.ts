import { RequestSocket } from './request-socket.js';
import type { ReceivedMessage } from './request-socket.js';
import type { TurnFleet } from './turn-fleet.js';
import type { TurnFlow } from './turn-flow.js';

/**
 * Sends every flow one packet each way, no two alike, and looks at every byte, channel and source address of what
 * arrives: what a load counts afterwards by length alone is known to be relayed right. Throws with the first fault.
 * The fleet's sockets must be otherwise silent.
 */
export function verifyRelay(fleet: TurnFleet, payloadBytes: number): void {
  const clients = new RequestSocket(fleet.clients);
  const peers = new RequestSocket(fleet.peers);
  const { server, serverPort } = fleet.options;
  for (const flow of fleet.flows) {
    const payload = payloadOf(flow, 1, payloadBytes);
    const header = Uint8Array.of(
      flow.channel >> 8,
      flow.channel & 255,
      payloadBytes >> 8,
      payloadBytes & 255,
    );
    post(clients, flow.clientAddress, server, serverPort, Buffer.concat([header, payload]));
    const message = next(peers, `flow ${flow.index} to its peer`);
    expectSame(bytesOf(message), payload, `payload of flow ${flow.index} to its peer`);
    if (message.source !== flow.relayedAddress || message.sourcePort !== flow.relayedPort) {
      throw new Error(`flow ${flow.index}: relayed from another address than was allocated`);
    }
    const answer = payloadOf(flow, 2, payloadBytes);
    post(peers, flow.peerAddress, flow.relayedAddress, flow.relayedPort, answer);
    const back = next(clients, `the peer to flow ${flow.index}`);
    expectSame(bytesOf(back), Buffer.concat([header, answer]), `ChannelData to flow ${flow.index}`);
  }
}

function payloadOf(flow: TurnFlow, direction: number, bytes: number): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: bytes }, (_, i) => (flow.index * 31 + direction * 101 + i * 13) & 0xff),
  );
}

function post(
  socket: RequestSocket,
  source: number,
  destination: number,
  port: number,
  bytes: Uint8Array,
): void {
  const { buffer, offset } = socket.outgoing;
  buffer.set(bytes, offset);
  socket.send(source, destination, port, bytes.length);
}

function next(socket: RequestSocket, what: string): ReceivedMessage {
  const end = performance.now() + 2000;
  let found: ReceivedMessage | undefined;
  while (found === undefined) {
    socket.receive((message) => {
      if (found !== undefined) throw new Error(`more than one packet came from ${what}`);
      found = message;
    });
    if (performance.now() > end) throw new Error(`nothing came from ${what}`);
  }
  return found;
}

function bytesOf(message: ReceivedMessage): Buffer {
  return message.bytes.subarray(message.offset, message.offset + message.length);
}

function expectSame(actual: Buffer, expected: Buffer, what: string): void {
  if (!actual.equals(expected))
    throw new Error(`${what} differs: ${actual.length} of ${expected.length} bytes`);
}
