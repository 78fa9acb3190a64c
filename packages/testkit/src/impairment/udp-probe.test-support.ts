// node udp-probe.test-support.js echo ADDRESS PORT: sends back what comes; prints a line when it listens.
// node udp-probe.test-support.js send ADDRESS PORT COUNT INTERVAL_MS BYTES: prints what came back, as a ProbeResult.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What a run of datagrams came to. Times are in milliseconds of the sender's clock since the first one was sent. */
export interface ProbeResult {
  /** When each was sent. */
  readonly sentMs: readonly number[];
  /** Which came back and when, in the order of arrival. */
  readonly echoes: readonly { readonly sequence: number; readonly atMs: number }[];
}

const [mode, address = '', port = '0', count = '0', intervalMs = '0', bytes = '0'] = process.argv.slice(2);
if (mode === 'echo') await echo();
else if (mode === 'send') process.stdout.write(`${JSON.stringify(await send())}\n`);

async function echo(): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    socket.send(message, from.port, from.address);
  });
  socket.bind(Number(port), address);
  await once(socket, 'listening');
  process.stdout.write('listening\n');
}

/** Waits for echoes until none came for a second. */
async function send(): Promise<ProbeResult> {
  const socket = createSocket('udp4');
  const payload = Buffer.alloc(Number(bytes));
  const result = { sentMs: [] as number[], echoes: [] as { sequence: number; atMs: number }[] };
  socket.connect(Number(port), address);
  await once(socket, 'connect');
  const start = performance.now();
  let lastEvent = start;
  socket.on('message', (message) => {
    lastEvent = performance.now();
    result.echoes.push({ sequence: message.readUInt32BE(0), atMs: lastEvent - start });
  });
  while (result.sentMs.length < Number(count)) {
    // Catches up after a late timer: the rate is what was asked for.
    while (performance.now() - start >= result.sentMs.length * Number(intervalMs)) {
      payload.writeUInt32BE(result.sentMs.length, 0);
      lastEvent = performance.now();
      result.sentMs.push(lastEvent - start);
      socket.send(payload);
      if (result.sentMs.length === Number(count)) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (performance.now() - lastEvent < 1000) await new Promise((resolve) => setTimeout(resolve, 50));
  socket.close();
  return result;
}
