import { MadangSignaling } from '@madang/server/load/madang-signaling';
import type { MediaSignaling } from '@madang/server/load/media-signaling';
import { startJanus } from '../servers/janus.js';
import { startMadang } from '../servers/madang.js';
import { RELAY_PORTS } from '../servers/server-options.js';
import { JanusSignaling } from './janus-signaling.js';

/** A media server under measurement, and how clients get into its rooms. */
export interface MediaServerUnderTest {
  readonly name: 'janus' | 'madang';
  readonly pid: number;
  readonly signaling: MediaSignaling;
  stop(): Promise<void>;
}

export async function startJanusRooms(cpu: number): Promise<MediaServerUnderTest> {
  const server = await startJanus({ cpu });
  const signaling = await JanusSignaling.open(server.url);
  return {
    name: 'janus',
    pid: server.pid,
    signaling,
    stop: () => {
      signaling.close();
      return server.stop();
    },
  };
}

/** Madang with one process, and the limits per address off, since all clients come from one. */
export async function startMadangRooms(cpu: number): Promise<MediaServerUnderTest> {
  const server = await startMadang({
    cpu,
    relayPorts: RELAY_PORTS.madang,
    more: {
      'connections-per-address': 0,
      'connections-per-second': 0,
      'new-rooms-per-minute': 0,
      'overload-lag-ms': 0,
      'participants-per-room': 1000,
    },
  });
  return {
    name: 'madang',
    pid: server.pid,
    signaling: new MadangSignaling({ url: `http://127.0.0.1:${server.httpPort}` }),
    stop: () => server.stop(),
  };
}
