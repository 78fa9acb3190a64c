import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import WebSocket from 'ws';
import { PROTOCOL_VERSION } from '@madang/wire/version';

/** Attackers in a thread of their own: who measures how others are served must not wait for them. */
export type Flood =
  | { readonly kind: 'mutants'; readonly port: number; readonly messages: number; readonly seed: number }
  | {
      readonly kind: 'connects';
      readonly port: number;
      readonly count: number;
      /** First of the addresses they come from, 127.A.0.1 and on. */
      readonly network: number;
      readonly perAddress: number;
      readonly holdMs: number;
    };

export interface FloodOutcome {
  /** What was sent: messages, or connections. */
  readonly sent: number;
  readonly sockets: number;
  /** By HTTP status, close code or error. */
  readonly ends: Readonly<Record<string, number>>;
  readonly tookMs: number;
}

export async function runFlood(flood: Flood): Promise<FloodOutcome> {
  const thread = new Worker(new URL(import.meta.url), { workerData: flood });
  const [outcome] = (await once(thread, 'message')) as [FloodOutcome];
  await thread.terminate();
  return outcome;
}

class Tally {
  readonly #counts: Record<string, number> = {};
  count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }
  get counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }
}

/** Sends mutated messages over sockets that join first; who is thrown out comes again. */
async function sendMutants({ port, messages, seed }: Extract<Flood, { kind: 'mutants' }>) {
  const mutate = mutantsOf(seed);
  const ends = new Tally();
  let sent = 0;
  let sockets = 0;
  const attack = async (): Promise<void> => {
    while (sent < messages) {
      const number = sockets++;
      const socket = new WebSocket(`ws://127.0.0.1:${port}/signal`);
      const closed = new Promise<void>((resolve) => {
        socket.on('error', () => undefined);
        socket.on('close', (code) => {
          ends.count(`${code}`);
          resolve();
        });
      });
      const joined = new Promise((resolve) => socket.once('message', resolve));
      socket.on('open', () => {
        const room = `attacked ${number % 100}`;
        socket.send(JSON.stringify({ type: 'join', version: PROTOCOL_VERSION, room, name: 'Mallory' }));
      });
      await Promise.race([joined, closed]);
      if (socket.readyState !== WebSocket.OPEN) continue;
      for (let i = 0; i < MESSAGES_A_SOCKET && sent < messages; i++, sent++) socket.send(mutate(i + 1));
      const timer = setTimeout(() => {
        socket.close();
      }, 1000);
      await closed;
      clearTimeout(timer);
    }
  };
  await Promise.all(Array.from({ length: 20 }, attack));
  return { sent, sockets, ends: ends.counts };
}

function mutantsOf(seed: number): (id: number) => string {
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  return (id) => {
    const json = JSON.stringify({ id, ...pick(SEEDS) });
    if (random() < 0.4) return json;
    const at = Math.floor(random() * json.length);
    return json.slice(0, at) + pick(PIECES) + json.slice(at + Math.floor(random() * 6));
  };
}

/** Opens connections as fast as it can and keeps those that are let in, saying nothing. */
async function openConnections(flood: Extract<Flood, { kind: 'connects' }>) {
  const ends = new Tally();
  const open = new Set<Socket>();
  let next = 0;
  const attack = async (): Promise<void> => {
    while (next < flood.count) {
      const source = Math.floor(next++ / flood.perAddress);
      const localAddress = `127.${flood.network}.${Math.floor(source / 250)}.${1 + (source % 250)}`;
      await new Promise<void>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: flood.port, localAddress });
        open.add(socket);
        socket.on('connect', () => socket.write(UPGRADE));
        socket.once('data', (data: Buffer) => {
          ends.count(data.toString('latin1', 9, 12));
          resolve();
        });
        socket.on('error', (error: NodeJS.ErrnoException) => {
          ends.count(error.code ?? 'error');
        });
        socket.on('close', () => {
          open.delete(socket);
          resolve();
        });
      });
    }
  };
  await Promise.all(Array.from({ length: 200 }, attack));
  await new Promise((resolve) => setTimeout(resolve, flood.holdMs));
  for (const socket of open) socket.destroy();
  return { sent: next, sockets: next, ends: ends.counts };
}

/** The same numbers in 0 to 1 for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const MESSAGES_A_SOCKET = 50;
const SEEDS: readonly object[] = [
  { type: 'offer', to: 'nobody', sdp: 'v=0' },
  { type: 'candidate', to: 'nobody', candidate: 'c', sdpMLineIndex: 0 },
  { type: 'publish', track: { trackId: 'a', kind: 'audio', source: 'other', muted: true } },
  { type: 'chat', text: 'x', ack: 7 },
  { type: 'remove', participantId: 'nobody' },
  { type: 'setRole', participantId: 'nobody', role: 'host' },
  { type: 'raiseHand', raised: true },
  { type: 'ping', ack: 1 },
];
const PIECES = [
  ...['', '"', '{', '[', ']', '}', ':', '\\', '\u0000', '1e999', 'null', '가', '-0', '\ud800'],
  ...['"__proto__":', '"constructor":{"prototype":1},', '['.repeat(200), 'x'.repeat(70_000)],
];

const UPGRADE = [
  'GET /signal HTTP/1.1',
  'Host: madang.example',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  '',
].join('\r\n');

if (!isMainThread && parentPort !== null) {
  const flood = workerData as Flood;
  const began = performance.now();
  const outcome = await (flood.kind === 'mutants' ? sendMutants(flood) : openConnections(flood));
  parentPort.postMessage({ ...outcome, tookMs: performance.now() - began });
}
