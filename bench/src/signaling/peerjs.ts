import WebSocket from 'ws';
import { startPeerServer } from '../servers/peer-server.js';
import { CANDIDATE } from './relay-client.js';
import type { RelayClient, SignalingUnderTest } from './relay-client.js';

/** The server of PeerJS. It has no rooms: two clients with names of one room know each other. */
export async function startPeerJsSignaling(cpu: number): Promise<SignalingUnderTest> {
  const server = await startPeerServer(cpu);
  return {
    name: 'peerjs-server',
    pid: server.pid,
    join: (room, place) => join(server.port, room, place),
    stop: () => server.stop(),
  };
}

function join(port: number, room: string, place: 0 | 1): Promise<RelayClient> {
  return new Promise((resolve, reject) => {
    const [id, dst] = [`${room}-${place}`, `${room}-${1 - place}`];
    const url = `ws://127.0.0.1:${port}/peerjs?key=peerjs&id=${id}&token=${id}&version=1.5.5`;
    const socket = new WebSocket(url, { perMessageDeflate: false });
    // As its browser library does.
    const heartbeat = setInterval(() => {
      socket.send('{"type":"HEARTBEAT"}');
    }, 5000);
    const client: RelayClient = {
      onRelayed: () => undefined,
      relay: () => {
        const candidate = { candidate: CANDIDATE, sdpMid: '0', sdpMLineIndex: 0 };
        const payload = { candidate, type: 'media', connectionId: `mc_${id}` };
        socket.send(JSON.stringify({ type: 'CANDIDATE', payload, dst }));
      },
      close: () => {
        clearInterval(heartbeat);
        socket.terminate();
      },
    };
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      const { type } = JSON.parse(data.toString()) as { type: string };
      if (type === 'CANDIDATE') client.onRelayed();
      else if (type === 'OPEN') resolve(client);
      else reject(new Error(`PeerJS answered ${type}`));
    });
  });
}
