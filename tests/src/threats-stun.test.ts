import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Attribute } from '@madang/core/stun/attributes';
import { MessageClass } from '@madang/core/stun/message-type';
import type { StunMessageWriter } from '@madang/core/stun/message-writer';
import { Method } from '@madang/core/stun/methods';
import { hasAddress } from '@madang/testkit/free-ports';
import { ServerProcess, TURN_PASSWORD, TURN_USER } from '@madang/testkit/server-process';
import { beginMessage, TurnClient } from '@madang/testkit/turn-client';
import { openUdpTransport } from '@madang/testkit/turn-transport';
import type { TurnTransport } from '@madang/testkit/turn-transport';
import { flood, ipv4Number } from './flood.js';
import type { FloodResult } from './flood.js';

const UNLIMITED = [
  ...['--stun-rate-per-address', '0', '--stun-rate-per-prefix', '0'],
  ...['--unauthenticated-reply-rate-per-address', '0', '--unauthenticated-reply-rate-per-prefix', '0'],
  ...['--unauthenticated-reply-rate-total', '0'],
];

const BINDING = requestBytes(Method.binding);

test('S1: what a stranger gets is hardly longer than what it sent', async () => {
  const hosts = (await hasAddress('::1')) ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  const server = await ServerProcess.start({ hosts, options: UNLIMITED });
  /** A request, and the longest answer it may get; 0 is none. */
  const table: [name: string, request: Uint8Array, most: number][] = [
    ['Binding', BINDING, hosts.length === 2 ? 44 : 32],
    ['Binding with FINGERPRINT', requestBytes(Method.binding, (w) => w.fingerprint()), 52],
    ['Binding with SOFTWARE', requestBytes(Method.binding, (w) => w.text(Attribute.software, 'x')), 44],
    [
      'Binding with CHANGE-REQUEST',
      requestBytes(Method.binding, (w) => w.u32(Attribute.changeRequest, 6)),
      36,
    ],
    ['Binding with PADDING', requestBytes(Method.binding, (w) => w.zeros(Attribute.padding, 1400)), 36],
    [
      'Binding with RESPONSE-PORT',
      requestBytes(Method.binding, (w) => w.u32(Attribute.responsePort, 9 << 16)),
      36,
    ],
    ['Allocate without REQUESTED-TRANSPORT', requestBytes(Method.allocate), 28],
    ['Allocate', requestBytes(Method.allocate, udpTransport), 100],
    ['Allocate with FINGERPRINT', requestBytes(Method.allocate, (w) => udpTransport(w).fingerprint()), 108],
    ['Refresh', requestBytes(Method.refresh), 100],
    ['CreatePermission', requestBytes(Method.createPermission), 100],
    ['ChannelBind', requestBytes(Method.channelBind), 100],
    // RFC 8489 section 6.3: a method that is not served (TCP relaying is off) is not answered.
    ['Connect', requestBytes(Method.connect), 0],
    ['unknown method', requestBytes(0x0ff), 0],
    ['Binding indication', messageBytes(Method.binding, MessageClass.indication), 0],
    ['Binding response', messageBytes(Method.binding, MessageClass.successResponse), 0],
    ['Send indication', messageBytes(Method.send, MessageClass.indication), 0],
    ['ChannelData', Buffer.from('400000046d6f7265', 'hex'), 0],
    ['RFC 3489 (no cookie)', withoutCookie(BINDING), 0],
    ['cut off', BINDING.subarray(0, 19), 0],
    [
      'length beyond the end',
      Buffer.concat([BINDING.subarray(0, 2), Buffer.of(0, 8), BINDING.subarray(4)]),
      0,
    ],
    ['wrong FINGERPRINT', spoiled(requestBytes(Method.binding, (w) => w.fingerprint())), 0],
    ['nothing', Buffer.alloc(0), 0],
    ['noise', Buffer.alloc(600, 0xff), 0],
  ];
  try {
    for (const host of hosts) {
      for (const [name, request, most] of table) {
        const lengths = await answersTo({ host, port: server.turnPort }, request);
        assert.equal(lengths.length, most === 0 ? 0 : 1, `${name} over ${host}: ${lengths.length} answers`);
        const longest = host === '127.0.0.1' && name === 'Binding' ? 32 : most;
        for (const length of lengths) assert.ok(length <= longest, `${name} over ${host}: ${length} bytes`);
      }
    }
  } finally {
    await server.stop();
  }
});

test('S2: 3000 requests from 3000 ports leave nothing behind', async () => {
  const server = await ServerProcess.start({ options: UNLIMITED });
  try {
    const round = async (): Promise<number> => {
      let answered = 0;
      for (let batch = 0; batch < 30; batch++) {
        const transports = await Promise.all(
          Array.from({ length: 100 }, () => openUdpTransport({ host: server.host, port: server.turnPort })),
        );
        await Promise.all(
          transports.map(
            (transport) =>
              new Promise<void>((resolve, reject) => {
                const timer = setTimeout(() => {
                  reject(new Error('no answer'));
                }, 5000);
                transport.onMessage = () => {
                  clearTimeout(timer);
                  answered++;
                  resolve();
                };
                transport.send(BINDING);
              }),
          ),
        );
        for (const transport of transports) transport.close();
      }
      return answered;
    };
    // The first rounds warm the program up: compiled code and buffers of its own.
    await round();
    const growth: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      const before = server.residentBytes();
      assert.equal(await round(), 3000);
      growth.push(server.residentBytes() - before);
    }
    // An object per source would be there in every round; what the collector has not taken yet is not.
    assert.ok(Math.min(...growth) < 1_000_000, `resident memory grew by ${growth.join(', ')} bytes`);
  } finally {
    await server.stop();
  }
});

for (const [name, sources] of [
  ['one address', 1],
  ['a /16 of addresses', 65_536],
] as const) {
  test(`S2: while 20,000 requests a second come from ${name}, others are answered at once`, async () => {
    const server = await ServerProcess.start();
    try {
      const p99s: number[] = [];
      // A machine that is busy with something else makes everybody wait: one quiet attempt in three will do.
      for (let attempt = 0; attempt < 3; attempt++) {
        const { p99, sent, answers, seconds } = await floodBeside(server, sources);
        assert.ok(sent > 20_000, `only ${sent} packets were sent`);
        // 100 a second, and 200 at once after a rest.
        if (sources === 1)
          assert.ok(answers <= 200 + 100 * (seconds + 1), `${answers} answers in ${seconds} s`);
        p99s.push(p99);
        if (p99 < 50) return;
      }
      assert.fail(`p99 ${p99s.map((p99) => p99.toFixed(1)).join(', ')} ms`);
    } finally {
      await server.stop();
    }
  });
}

/** Floods for 3 s while somebody else asks now and then: the 99th percentile of how long that one waits. */
async function floodBeside(
  server: ServerProcess,
  sources: number,
): Promise<FloodResult & { readonly p99: number }> {
  const { host, turnPort } = server;
  const bystander = await openUdpTransport({ host, port: turnPort, localAddress: '127.200.0.1' });
  const flooding = flood({
    serverPort: turnPort,
    packet: BINDING,
    firstSource: ipv4Number('127.1.0.0'),
    sources,
    packetsPerSecond: 20_000,
    seconds: 3,
    answerBytes: 32,
  });
  const latencies: number[] = [];
  const end = performance.now() + 2900;
  while (performance.now() < end) {
    latencies.push(await roundTripMs(bystander));
    // Under 100 a second: the bystander's own limit.
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  const result = await flooding;
  bystander.close();
  latencies.sort((a, b) => a - b);
  return { ...result, p99: latencies[Math.floor(latencies.length * 0.99)]! };
}

for (const workers of [0, 1]) {
  for (const network of [[], ['--no-native']]) {
    if (workers > 0 && network.length > 0) continue;
    test(`S5: no byte of others' messages is in an answer, ${workers} workers ${network.join(' ')}`, async () => {
      const server = await ServerProcess.start({
        workers,
        options: [...UNLIMITED, '--allocations-per-user', '0', ...network],
      });
      try {
        await lookForPoison(server);
      } finally {
        await server.stop();
      }
    });
  }
}

/** Fills whatever memory received bytes pass through with 0xAA, and looks for it in answers of every kind. */
async function lookForPoison(server: ServerProcess): Promise<void> {
  const poison = Buffer.alloc(1400, POISON);
  const transport = await openUdpTransport({ host: server.host, port: server.turnPort });
  const client = new TurnClient({ transport, username: TURN_USER, password: TURN_PASSWORD });
  let answers = 0;
  const handle = transport.onMessage;
  transport.onMessage = (message) => {
    answers++;
    assert.ok(!message.includes(POISON_RUN), `poison in ${message.toString('hex')}`);
    handle(message);
  };
  const name = (length: number) => (w: StunMessageWriter) => w.bytes(Attribute.username, poison, 0, length);
  const unknown = (type: number) => (w: StunMessageWriter) => w.bytes(type, poison, 0, 13);
  const shapes = [
    (_i: number) => requestBytes(Method.binding),
    (_i: number) => requestBytes(Method.binding, (w) => w.fingerprint()),
    (i: number) => requestBytes(Method.binding, unknown(0x7000 + (i & 7))),
    (_i: number) => requestBytes(Method.binding, unknown(0xf000)),
    (_i: number) => requestBytes(Method.allocate),
    (_i: number) => requestBytes(Method.allocate, udpTransport),
    (i: number) => requestBytes(Method.allocate, (w) => name(1 + (i % 300))(udpTransport(w))),
    (i: number) => requestBytes(Method.refresh, name(i % 60)),
    (i: number) => requestBytes(i & 0xfff, unknown(0x0001)),
  ];
  for (let i = 0; i < 10_000; i++) {
    transport.send(poison.subarray(0, 1 + ((i * 7) % 1400)));
    transport.send(shapes[i % shapes.length]!(i));
    if (i % 50 === 0) await roundTripMs(transport, requestBytes(Method.binding));
  }
  // Authenticated answers: successes and errors.
  for (let i = 0; i < 200; i++) {
    transport.send(poison);
    assert.equal((await client.allocate()).code, 0);
    assert.equal((await client.createPermission('127.0.0.1:9')).code, 0);
    assert.equal((await client.createPermission('10.0.0.1:9')).code, 403);
    assert.equal((await client.request(Method.channelBind, unknown(0x7001))).code, 420);
    assert.equal((await client.allocate()).code, 437);
    assert.equal((await client.refresh(0)).code, 0);
  }
  transport.close();
  assert.ok(answers > 8000, `${answers} answers`);
}

const POISON = 0xaa;
const POISON_RUN = Buffer.alloc(4, POISON);

function messageBytes(
  method: number,
  messageClass: MessageClass,
  write: (writer: StunMessageWriter) => unknown = () => undefined,
): Buffer {
  const writer = beginMessage(method, messageClass, randomBytes(12));
  write(writer);
  return Buffer.from(writer.buffer.subarray(0, writer.length));
}

function requestBytes(method: number, write?: (writer: StunMessageWriter) => unknown): Buffer {
  return messageBytes(method, MessageClass.request, write);
}

function udpTransport(writer: StunMessageWriter): StunMessageWriter {
  return writer.u8WithReserved(Attribute.requestedTransport, 17);
}

function withoutCookie(request: Buffer): Buffer {
  return Buffer.concat([request.subarray(0, 4), Buffer.alloc(4), request.subarray(8)]);
}

function spoiled(message: Buffer): Buffer {
  message[message.length - 1]! ^= 1;
  return message;
}

/** Lengths of everything that answers one datagram. */
async function answersTo(server: { host: string; port: number }, datagram: Uint8Array): Promise<number[]> {
  const transport = await openUdpTransport(server);
  const lengths: number[] = [];
  let sentinel: (() => void) | undefined;
  const marker = requestBytes(Method.binding);
  transport.onMessage = (message) => {
    if (message.subarray(8, 20).equals(marker.subarray(8, 20))) sentinel?.();
    else lengths.push(message.length);
  };
  transport.send(datagram);
  // What is answered after the datagram comes after its answer.
  const done = new Promise<void>((resolve) => (sentinel = resolve));
  transport.send(marker);
  await done;
  transport.close();
  return lengths;
}

/** Milliseconds until a Binding is answered; asks again every 500 ms, which counts. */
async function roundTripMs(
  transport: TurnTransport,
  request = requestBytes(Method.binding),
): Promise<number> {
  const start = performance.now();
  const before = transport.onMessage;
  const timer = setInterval(() => {
    transport.send(request);
  }, 500);
  await new Promise<void>((resolve) => {
    transport.onMessage = (message) => {
      if (message.length >= 20 && message.subarray(8, 20).equals(request.subarray(8, 20))) resolve();
      before(message);
    };
    transport.send(request);
  });
  clearInterval(timer);
  transport.onMessage = before;
  return performance.now() - start;
}
