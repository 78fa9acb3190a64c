import WebSocket from 'ws';
import type { ServerMessage } from '@madang/wire/server-messages';
import { CLIENT_PING_SECONDS } from '@madang/wire/limits';
import { PROTOCOL_VERSION } from '@madang/wire/version';
import { startMadang } from '../servers/madang.js';
import { RELAY_PORTS } from '../servers/server-options.js';
import { CANDIDATE } from './relay-client.js';
import type { RelayClient, SignalingUnderTest } from './relay-client.js';

/** Madang with the limits per address off, since all clients come from one, and no limit of load. */
export async function startMadangSignaling(cpu: number): Promise<SignalingUnderTest> {
  const server = await startMadang({
    cpu,
    relayPorts: RELAY_PORTS.madang,
    more: {
      'connections-per-address': 0,
      'connections-per-second': 0,
      'new-rooms-per-minute': 0,
      'overload-lag-ms': 0,
    },
  });
  return {
    name: 'madang',
    pid: server.pid,
    join: (room, place) => join(`ws://127.0.0.1:${server.httpPort}/signal`, room, place),
    stop: () => server.stop(),
  };
}

function join(url: string, room: string, place: 0 | 1): Promise<RelayClient> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    let other = '';
    let id = 0;
    let ack = 0;
    const heartbeat = setInterval(() => {
      socket.send(JSON.stringify({ type: 'ping', ack }));
    }, CLIENT_PING_SECONDS * 1000);
    const client: RelayClient = {
      onRelayed: () => undefined,
      relay: () => {
        socket.send(
          JSON.stringify({
            type: 'candidate',
            id: ++id,
            ack,
            to: other,
            candidate: CANDIDATE,
            sdpMid: '0',
            sdpMLineIndex: 0,
          }),
        );
      },
      close: () => {
        clearInterval(heartbeat);
        socket.terminate();
      },
    };
    socket.once('error', reject);
    socket.once('open', () => {
      socket.send(JSON.stringify({ type: 'join', version: PROTOCOL_VERSION, room, name: `person ${place}` }));
    });
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ServerMessage;
      if ('seq' in message && message.seq !== undefined) ack = message.seq;
      switch (message.type) {
        case 'candidate':
          client.onRelayed();
          return;
        case 'joined':
          other =
            message.room.participants.find((one) => one.participantId !== message.participantId)
              ?.participantId ?? '';
          resolve(client);
          return;
        case 'participantJoined':
          other = message.participant.participantId;
          return;
        case 'error':
          reject(new Error(`Madang refused: ${message.code}`));
          return;
        default:
      }
    });
  });
}
