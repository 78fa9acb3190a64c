/// <reference lib="dom" />
// Runs in the browser: data channels of meshes, and people who do not keep to the rules.
import type { RelayedMessage } from '@madang/client/mesh/link';
import { pause, seen, sent, uncaught, until, videoOf, Yard } from './mesh-page.js';

function numbered(index: number, size: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(size);
  new DataView(data.buffer).setUint32(0, index);
  return data;
}

function numbersOf(messages: readonly { readonly data: Uint8Array<ArrayBuffer> }[]): number[] {
  return messages.map(({ data }) => new DataView(data.buffer).getUint32(0));
}

/** 32 MiB through one channel, paced by awaiting. */
export async function bulk() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  yard.enter(b, a);
  await yard.connected([a, b]);
  const channel = a.mesh.openChannel({ to: 'b', label: 'bulk', reliable: true });
  let most = 0;
  for (let index = 0; index < 512; index += 1) {
    await channel.send(numbered(index, 65_536));
    most = Math.max(most, channel.bufferedAmount);
  }
  await until('all came', () => b.messages.length === 512);
  const first = b.messages[0]!;
  const result = {
    most,
    inOrder: numbersOf(b.messages).every((value, index) => value === index),
    first: { from: first.from, label: first.label, reliable: first.reliable, size: first.data.length },
  };
  yard.end();
  return result;
}

/** What is sent before anybody is connected, to all, and what does not fit. */
export async function beforeConnected() {
  const yard = new Yard();
  const [a, b, c] = [yard.person('a'), yard.person('b'), yard.person('c')];
  yard.enter(b, a);
  yard.enter(c, a, b);
  const reliable = a.mesh.openChannel({ to: 'all', label: 'chat', reliable: true });
  const lossy = a.mesh.openChannel({ to: 'all', label: 'chat', reliable: false });
  const sentEarly = [await reliable.send('early'), await lossy.send('early')];
  const droppedEarly = lossy.dropped;
  await yard.connected([a, b], [a, c]);
  await until('the early message', () => b.messages.length > 0 && c.messages.length > 0);
  const early = [b, c].map(({ messages }) =>
    messages.map(({ reliable, data }) => [reliable, new TextDecoder().decode(data)]),
  );
  await until('the lossy channel', async () => (await lossy.send('late')) === 2);
  await until('a lossy message', () => b.messages.some((message) => !message.reliable));
  const { receivers } = reliable;
  const refused: string[] = [];
  const failing = async (promise: Promise<unknown>): Promise<void> => {
    await promise.catch((error: { code?: string }) => refused.push(String(error.code)));
  };
  await failing(reliable.send(new Uint8Array(65_537)));
  const toC = a.mesh.openChannel({ to: 'c', label: 'private', reliable: true });
  await toC.send('only you');
  await until('the private message', () => c.messages.some(({ label }) => label === 'private'));
  const leaked = b.messages.some(({ label }) => label === 'private');
  for (const options of [
    { to: 'nobody', label: 'x', reliable: true },
    { to: 'all', label: '', reliable: true },
    { to: 'all', label: 'x'.repeat(65), reliable: true },
  ])
    await failing(Promise.resolve().then(() => a.mesh.openChannel(options)));
  a.mesh.remove('c');
  const toNobody = await toC.send('gone');
  reliable.close();
  await failing(reliable.send('closed'));
  yard.end();
  return { sentEarly, droppedEarly, early, receivers, refused, leaked, toNobody };
}

/** Nobody awaits: memory stays bounded. */
export async function flood() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  yard.enter(b, a);
  await yard.connected([a, b]);
  const reliable = a.mesh.openChannel({ to: 'all', label: 'flood', reliable: true });
  const lossy = a.mesh.openChannel({ to: 'all', label: 'flood', reliable: false });
  await reliable.send('open');
  await until('the lossy channel', async () => (await lossy.send('open')) === 1);
  const droppedBefore = lossy.dropped;
  const sending = Array.from({ length: 100 }, (_, index) => reliable.send(numbered(index, 65_536)));
  const lossySent = Array.from({ length: 100 }, (_, index) => lossy.send(numbered(index, 65_536)));
  const most = Math.max(reliable.bufferedAmount, lossy.bufferedAmount);
  const settled = await Promise.allSettled(sending);
  const codes = new Set(
    settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : [])),
  );
  const accepted = settled.filter(({ status }) => status === 'fulfilled').length;
  const lossyAccepted = (await Promise.all(lossySent)).reduce((sum, count) => sum + count, 0);
  const arrived = (): number =>
    b.messages.filter(({ reliable, data }) => reliable && data.length === 65_536).length;
  await until('what was accepted', () => arrived() === accepted);
  const result = {
    most,
    codes: [...codes],
    accepted,
    lossyAccepted,
    lossyDropped: lossy.dropped - droppedBefore,
  };
  yard.end();
  return result;
}

/** Somebody opens channels as nobody should. */
export async function strangeChannels() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  yard.enter(b, a);
  await yard.connected([a, b]);
  const connection = b.connectionTo(a);
  const channels = [
    connection.createDataChannel('other protocol', { protocol: 'x' }),
    connection.createDataChannel('x'.repeat(65), { protocol: 'madang' }),
    connection.createDataChannel('', { protocol: 'madang' }),
    connection.createDataChannel('timed', { protocol: 'madang', maxPacketLifeTime: 100 }),
    connection.createDataChannel('some repeats', { protocol: 'madang', maxRetransmits: 3 }),
  ];
  await until('strange ones are closed', () => channels.every(({ readyState }) => readyState === 'closed'));
  const many = Array.from({ length: 40 }, (_, index) =>
    connection.createDataChannel(`c${index}`, { protocol: 'madang' }),
  );
  await until(
    'too many are closed',
    () => many.filter(({ readyState }) => readyState === 'closed').length >= 8,
  );
  await pause(300);
  const open = many.filter(({ readyState }) => readyState === 'open');
  open[0]!.send('text');
  open[0]!.send(new Uint8Array(65_537));
  open[0]!.send(new Uint8Array(65_536));
  await until('what is allowed', () => a.messages.length >= 2);
  const sizes = a.messages.map(({ data }) => data.length);
  // Those that close make room for others.
  for (const channel of open) channel.close();
  await until('they are closed', () => open.every(({ readyState }) => readyState === 'closed'));
  await pause(100);
  const another = connection.createDataChannel('another', { protocol: 'madang' });
  await until('another one', () => another.readyState === 'open');
  another.send('more');
  await until('its message', () => a.messages.length === 3);
  yard.end();
  return { open: open.length, sizes };
}

/** Nonsense in every field, before and during a call that goes on nevertheless. */
export async function hostile() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const video = sent(videoOf('red'));
  b.mesh.publish(video);
  const attack = (): void => {
    const sdp = a.connectionTo(b).localDescription?.sdp ?? 'v=0\r\n';
    const texts = [
      '',
      'v=0',
      '\0',
      'v=0\r\n'.repeat(1000),
      sdp.slice(0, 200),
      sdp.replace(/a=fingerprint.*\r\n/g, ''),
      sdp + 'm=video 9 X 0\r\n'.repeat(2000),
      sdp.replace(/mid:/g, 'mid:\u{1F600}'),
      sdp.replaceAll('m=audio', 'm=video'),
    ];
    const names = [undefined, '0', '-1', '01', '1e9', '999999999', '99999999999', 'x', '__proto__'];
    const messages: object[] = [];
    for (const connection of names)
      for (const text of texts) {
        if (connection !== undefined || text !== sdp)
          messages.push({ type: 'answer', sdp: text, connection });
        // An offer that cannot be used; one that can would be the call itself.
        if (connection !== undefined || !text.includes('m='))
          messages.push({ type: 'offer', sdp: text, connection });
        messages.push({ type: 'candidate', candidate: text, connection });
        messages.push({
          type: 'candidate',
          candidate: 'candidate:1 1 udp 1 256.0.0.1 9 typ host',
          sdpMid: text,
          sdpMLineIndex: 65535,
          connection,
        });
      }
    for (const message of messages) a.mesh.handle({ ...message, from: 'b', seq: 1 } as RelayedMessage);
    for (const message of messages.slice(0, 20))
      a.mesh.handle({ ...message, from: 'stranger', seq: 1 } as RelayedMessage);
  };
  a.mesh.add('b', 'newcomer');
  attack();
  await pause(200);
  b.mesh.add('a', 'present');
  await yard.connected([a, b]);
  await seen(a.from(b, video), 'red');
  attack();
  for (let index = 0; index < 5000; index += 1)
    a.mesh.handle({
      type: 'candidate',
      candidate: `candidate:${index} 1 udp 1 192.0.2.1 ${index} typ host`,
      sdpMid: '0',
      connection: '1',
      from: 'b',
      seq: 1,
    });
  await pause(500);
  await yard.connected([a, b]);
  const late = sent(videoOf('lime'));
  b.mesh.publish(late);
  await until('a later track', () => a.from(b, late) !== undefined);
  await seen(a.from(b, late), 'lime');
  const connections = a.states.filter((state) => state === 'connected').length;
  yard.end();
  return { uncaught: [...uncaught], connections };
}
