import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SFU_DROPS } from './sfu-counters.js';
import type { SfuDropName } from './sfu-counters.js';
import type { FakeTransport } from './sfu-harness.test-support.js';
import { RouterYard, VP8, camera, microphone, sent, vp8 } from './sfu-harness.test-support.js';

const UP = 1;
const DOWN = 2;
const OTHER_DOWN = 3;

function drops(yard: RouterYard, name: SfuDropName): number {
  return yard.router.counters.drops[SFU_DROPS.indexOf(name)]!;
}

/** Mina sends, Joon is sent what `media` says. */
function stage(media = [microphone('mina'), camera('mina')]): {
  yard: RouterYard;
  down: FakeTransport;
  up: FakeTransport;
} {
  const yard = new RouterYard();
  const up = yard.open(UP, 'up', 'mina');
  const down = yard.open(DOWN, 'down', 'joon');
  yard.receive(UP, ...media);
  yard.send(DOWN, ...media.map((one, index) => sent(one, `m${index}`, 5000 + 10 * index)));
  return { yard, up, down };
}

/** One frame of an encoding of the camera in a packet. */
function frame(
  yard: RouterYard,
  rid: string,
  index: number,
  options: { key?: boolean; lost?: boolean } = {},
): void {
  const place = ['q', 'h', 'f'].indexOf(rid);
  const height = [180, 360, 720][place]!;
  if (options.lost) return;
  yard.arrive(UP, {
    ssrc: 100 + place,
    sequenceNumber: 65_530 + index,
    timestamp: 1000 * place + 3000 * index,
    marker: true,
    mid: '1',
    rid,
    payload: vp8({
      key: options.key === true,
      picture: 100 * place + index,
      width: (height * 16) / 9,
      height,
    }),
  });
}

test('audio goes to all who subscribe, under their payload types, MIDs and numbers, without a break', () => {
  const { yard, down } = stage();
  const other = yard.open(OTHER_DOWN, 'down', 'sora');
  yard.send(OTHER_DOWN, sent(microphone('mina'), 'x', 7000));
  for (let i = 0; i < 5; i++) {
    yard.arrive(UP, {
      ssrc: 9,
      sequenceNumber: 65_533 + i,
      timestamp: 960 * i,
      payloadType: 111,
      mid: '0',
      payload: [0x78, i],
    });
  }
  for (const [transport, ssrc, mid] of [
    [down, 5000, 'm0'],
    [other, 7000, 'x'],
  ] as const) {
    const first = transport.rtp[0]!;
    assert.deepEqual(
      transport.rtp.map((one) => [one.ssrc, one.mid, one.payloadType, one.payload[1]]),
      [0, 1, 2, 3, 4].map((i) => [ssrc, mid, 51, i]),
    );
    assert.deepEqual(
      transport.rtp.map((one) => [
        (one.sequenceNumber - first.sequenceNumber) & 0xffff,
        (one.timestamp - first.timestamp) >>> 0,
      ]),
      [0, 1, 2, 3, 4].map((i) => [i, 960 * i]),
    );
    assert.deepEqual(
      transport.rtp.map((one) => one.transportSequence),
      [0, 1, 2, 3, 4],
    );
  }
});

test('of simulcast the subscriber gets the best there is, from a key frame on, which the publisher is asked for', () => {
  const { yard, up, down } = stage();
  let index = 0;
  for (; index < 10; index++) {
    for (const rid of ['q', 'h', 'f']) frame(yard, rid, index);
    yard.pass(30);
  }
  const media = (): typeof down.rtp => down.rtp.filter(({ ssrc }) => ssrc === 5010);
  assert.equal(media().length, 0, 'nothing can be decoded without a key frame');
  assert.ok(down.rtp.length > 0, 'what the path takes is probed before anything was sent');
  assert.ok(
    up.rtcp.some((said) => said.startsWith('PLI')),
    up.rtcp.join(),
  );
  for (; index < 60; index++) {
    for (const rid of ['q', 'h', 'f']) frame(yard, rid, index, { key: index === 10 || index === 40 });
    yard.pass(30);
  }
  assert.ok(media().length >= 49);
  const pictures = media().map(({ payload }) => ((payload[2]! & 0x7f) << 8) | payload[3]!);
  for (let i = 1; i < pictures.length; i++) assert.equal(pictures[i], (pictures[i - 1]! + 1) & 0x7fff);
  const numbers = media().map(({ sequenceNumber }) => sequenceNumber);
  for (let i = 1; i < numbers.length; i++) assert.equal(numbers[i], (numbers[i - 1]! + 1) & 0xffff);
});

test('who shows a small picture gets a small one, who hides it none, and the publisher sends no more than is wanted', () => {
  const { yard, down } = stage();
  let index = 0;
  const play = (frames: number, keyEvery = 10): void => {
    for (const end = index + frames; index < end; index++) {
      for (const rid of ['q', 'h', 'f']) frame(yard, rid, index, { key: index % keyEvery === 0 });
      yard.pass(30);
    }
  };
  const prefer = (over: { paused?: boolean; width?: number; height?: number }): void => {
    const preference = {
      participantId: 'mina',
      trackId: 'camera',
      paused: false,
      width: 0,
      height: 0,
      ...over,
    };
    yard.router.handle(yard.now, { kind: 'prefer', transportId: DOWN, preferences: [preference] });
  };
  const source = (): number => down.rtp.at(-1)!.payload.length;
  prefer({ width: 320, height: 180 });
  play(40);
  assert.ok(source() > 0);
  const before = down.rtp.length;
  prefer({ paused: true });
  play(20);
  assert.ok(down.rtp.length - before <= 8, 'paused');
  play(200);
  const wanted = yard.reports.filter((one) => one.kind === 'encodingsWanted');
  assert.deepEqual(wanted.at(-1), {
    kind: 'encodingsWanted',
    transportId: UP,
    trackId: 'camera',
    rids: ['q'],
  });
  prefer({ width: 1280, height: 720 });
  play(20);
  const last = yard.reports.filter((one) => one.kind === 'encodingsWanted').at(-1);
  assert.ok(last?.kind === 'encodingsWanted' && last.rids.includes('f'), JSON.stringify(last));
});

test('what the subscriber misses is sent again once for each round trip, as a retransmission of the very same packet', () => {
  const { yard, down } = stage([camera('mina', { encodings: [{}] })]);
  for (let i = 0; i < 20; i++) {
    yard.arrive(UP, {
      ssrc: 100,
      sequenceNumber: i,
      timestamp: 3000 * i,
      marker: true,
      mid: '1',
      payload: vp8({ key: i === 0, picture: i }),
    });
  }
  const missed = down.rtp[7]!;
  const count = down.rtp.length;
  const nack = (): void => {
    yard.tell(DOWN, (rtcp) => rtcp.nack(1, 5000, Uint16Array.of(missed.sequenceNumber), 1));
  };
  nack();
  nack();
  assert.equal(down.rtp.length, count + 1);
  const again = down.rtp.at(-1)!;
  assert.deepEqual(
    [again.ssrc, again.payloadType, again.timestamp, again.marker],
    [5001, 37, missed.timestamp, true],
  );
  assert.deepEqual(again.payload.slice(0, 2), [missed.sequenceNumber >> 8, missed.sequenceNumber & 0xff]);
  assert.deepEqual(again.payload.slice(2), missed.payload);
  for (let i = 0; i < 9; i++) {
    yard.pass(100);
    nack();
  }
  const retransmissions = down.rtp.filter(({ ssrc, payload }) => ssrc === 5001 && payload.length > 0);
  assert.equal(retransmissions.length, 3, 'three times at most');
  yard.tell(DOWN, (rtcp) => rtcp.nack(1, 5000, Uint16Array.of((missed.sequenceNumber + 1000) & 0xffff), 1));
  assert.equal(down.rtp.filter(({ ssrc, payload }) => ssrc === 5001 && payload.length > 0).length, 3);
});

test('what does not come from the publisher is asked for, and its retransmission takes the place that was left', () => {
  const { yard, up, down } = stage([camera('mina', { encodings: [{ ssrc: 100, rtxSsrc: 101 }] })]);
  const packet = (i: number) => ({
    ssrc: 100,
    sequenceNumber: i,
    timestamp: 3000 * i,
    marker: true,
    payload: vp8({ key: i === 10, picture: i }),
  });
  for (const i of [10, 11, 12, 14, 15, 16, 17, 18]) {
    yard.arrive(UP, packet(i));
    yard.pass(10);
  }
  assert.ok(
    up.rtcp.some((said) => said.startsWith('NACK 100 13')),
    up.rtcp.join(),
  );
  yard.arrive(UP, {
    ssrc: 101,
    sequenceNumber: 900,
    timestamp: 3000 * 13,
    marker: true,
    payloadType: 97,
    payload: [0, 13, ...vp8({ picture: 13 })],
  });
  const first = down.rtp[0]!.sequenceNumber;
  assert.deepEqual(
    down.rtp.map(({ sequenceNumber, payload }) => [
      (sequenceNumber - first) & 0xffff,
      payload[3]! - down.rtp[0]!.payload[3]!,
    ]),
    [0, 1, 2, 4, 5, 6, 7, 8, 3].map((i) => [i, i]),
  );
  // Once more, and twice as media: nobody gets it again.
  yard.arrive(UP, {
    ssrc: 101,
    sequenceNumber: 901,
    timestamp: 3000 * 13,
    payloadType: 97,
    payload: [0, 13, ...vp8({ picture: 13 })],
  });
  yard.arrive(UP, packet(18));
  assert.equal(down.rtp.length, 9);
  assert.equal(drops(yard, 'duplicate'), 2);
});

test('requests for key frames are merged: a thousand a second from subscribers are two to the publisher (M7)', () => {
  const { yard, up, down } = stage([camera('mina', { encodings: [{}] })]);
  for (let i = 0; i < 10; i++) {
    yard.arrive(UP, {
      ssrc: 100,
      sequenceNumber: i,
      timestamp: 3000 * i,
      mid: '1',
      payload: vp8({ key: i === 0, picture: i }),
    });
  }
  assert.ok(down.rtp.length > 0);
  const before = up.rtcp.length;
  for (let i = 0; i < 100; i++) {
    for (let times = 0; times < 10; times++) yard.tell(DOWN, (rtcp) => rtcp.pictureLossIndication(1, 5000));
    yard.pass(10);
  }
  const asked = up.rtcp.slice(before).filter((said) => said.startsWith('PLI')).length;
  assert.ok(asked >= 1 && asked <= 3, `${asked}`);
});

test('unknown SSRCs, payload types, MIDs and RIDs are dropped and counted; ten thousand of them take no memory (M5, M11)', () => {
  const { yard, down } = stage();
  const payload = vp8({ key: true, picture: 1 });
  yard.arrive(UP, { ssrc: 1, sequenceNumber: 1, payload });
  yard.arrive(UP, { ssrc: 2, sequenceNumber: 1, mid: 'none', rid: 'q', payload });
  yard.arrive(UP, { ssrc: 3, sequenceNumber: 1, mid: '1', rid: 'z', payload });
  yard.arrive(UP, { ssrc: 4, sequenceNumber: 1, mid: '1', payload });
  assert.equal(drops(yard, 'unknown_ssrc'), 4);
  yard.arrive(UP, { ssrc: 5, sequenceNumber: 1, mid: '1', rid: 'q', payloadType: 99, payload });
  assert.equal(drops(yard, 'unknown_payload_type'), 1);
  const before = drops(yard, 'unknown_ssrc');
  for (let i = 0; i < 10_000; i++) {
    yard.arrive(UP, { ssrc: 1000 + i, sequenceNumber: 1, mid: '1', rid: 'q', payload });
  }
  assert.equal(drops(yard, 'unknown_ssrc') - before, 9999, 'one of them is a stream now');
  assert.equal(down.rtp.length, 1);
});

test('broken payloads and RTCP end nothing: what comes after them is forwarded', () => {
  const { yard, down } = stage([camera('mina', { encodings: [{}] })]);
  yard.arrive(UP, { ssrc: 100, sequenceNumber: 1, mid: '1', payload: vp8({ key: true, picture: 1 }) });
  yard.arrive(UP, { ssrc: 100, sequenceNumber: 2, mid: '1', payload: [0x80] });
  assert.equal(drops(yard, 'malformed_payload'), 1);
  for (const transport of [UP, DOWN]) {
    yard.tellBytes(transport, Uint8Array.of(0x80, 200, 0, 99));
    yard.tellBytes(transport, Uint8Array.of(1, 2, 3));
    yard.tellBytes(transport, new Uint8Array(0));
  }
  assert.equal(drops(yard, 'malformed_rtcp'), 6);
  yard.arrive(UP, { ssrc: 100, sequenceNumber: 3, mid: '1', timestamp: 6000, payload: vp8({ picture: 2 }) });
  assert.equal(down.rtp.length, 2);
});

test('sender reports carry the publisher’s clock in the subscriber’s timestamps', () => {
  const { yard, down } = stage([microphone('mina')]);
  const audio = (i: number): void => {
    yard.arrive(UP, {
      ssrc: 9,
      sequenceNumber: i,
      timestamp: 48 * 20 * i,
      payloadType: 111,
      mid: '0',
      payload: [0x78],
    });
  };
  audio(0);
  yard.tell(UP, (rtcp) => rtcp.senderReport(9, 3_900_000_000, 0, 0, 1, 1));
  for (let i = 1; i < 100; i++) {
    yard.pass(20);
    audio(i);
  }
  const reports = down.rtcp.filter((said) => said.startsWith('SR 5000'));
  assert.ok(reports.length >= 1, down.rtcp.join());
  const first = down.rtp[0]!.timestamp;
  const reported = Number(reports.at(-1)!.split(' ')[2]);
  const elapsed = (reported - first) >>> 0;
  assert.ok(elapsed > 0 && elapsed <= 48 * 2000 && elapsed % 480 === 0, `${elapsed}`);
});

test('a muted track is not forwarded; a track that ends and comes again goes on where it was for the subscriber', () => {
  const { yard, down } = stage([microphone('mina')]);
  const audio = (ssrc: number, i: number): void => {
    yard.arrive(UP, {
      ssrc,
      sequenceNumber: i,
      timestamp: 960 * i,
      payloadType: 111,
      mid: '0',
      payload: [0x78],
    });
  };
  audio(9, 500);
  yard.receive(UP, microphone('mina', { muted: true }));
  audio(9, 501);
  assert.equal(down.rtp.length, 1);
  yard.receive(UP, microphone('mina'));
  audio(9, 502);
  assert.equal(down.rtp.length, 2);
  // Another SSRC in the same m-section, with numbers of its own.
  yard.pass(300);
  yard.arrive(UP, {
    ssrc: 10,
    sequenceNumber: 3,
    timestamp: 77,
    payloadType: 111,
    mid: '0',
    payload: [0x78],
  });
  yard.arrive(UP, {
    ssrc: 10,
    sequenceNumber: 4,
    timestamp: 77 + 960,
    payloadType: 111,
    mid: '0',
    payload: [0x78],
  });
  const numbers = down.rtp.map(({ sequenceNumber }) => sequenceNumber);
  assert.equal(down.rtp.length, 4);
  for (let i = 1; i < 4; i++) assert.ok(((numbers[i]! - numbers[i - 1]!) & 0xffff) <= 2);
});

test('rooms are apart: what is sent in one reaches nobody in another, and nothing stays behind when all are gone', () => {
  const { yard, down } = stage([microphone('mina')]);
  const stranger = yard.open(9, 'down', 'stranger', 'coffee');
  yard.send(9, sent(microphone('mina'), '0', 8000));
  yard.arrive(UP, { ssrc: 9, sequenceNumber: 1, payloadType: 111, mid: '0', payload: [0x78] });
  assert.deepEqual([down.rtp.length, stranger.rtp.length], [1, 0]);
  for (const transportId of [UP, DOWN, 9])
    yard.router.handle(yard.now, { kind: 'closeTransport', transportId });
  assert.equal(yard.router.transports, 0);
  yard.arrive(UP, { ssrc: 9, sequenceNumber: 2, payloadType: 111, mid: '0', payload: [0x78] });
  assert.deepEqual([down.rtp.length, stranger.rtp.length], [1, 0]);
});

test('a subscriber who does not take a codec gets nothing of it, and others do', () => {
  const yard = new RouterYard();
  yard.open(UP, 'up', 'mina');
  const down = yard.open(DOWN, 'down', 'joon');
  const other = yard.open(OTHER_DOWN, 'down', 'sora');
  const media = camera('mina', { encodings: [{}] });
  yard.receive(UP, media);
  yard.send(DOWN, { ...sent(media, '0', 5000), codecs: [{ ...VP8, name: 'H264', payloadType: 40 }] });
  yard.send(OTHER_DOWN, sent(media, '0', 6000));
  yard.arrive(UP, { ssrc: 100, sequenceNumber: 1, mid: '1', payload: vp8({ key: true, picture: 1 }) });
  assert.deepEqual([down.rtp.length, other.rtp.length], [0, 1]);
});

test('a key frame of many packets leaves spread over time, in order, and whole', () => {
  const { yard, down } = stage([camera('mina', { encodings: [{}] })]);
  const payload = (i: number): number[] => [
    ...vp8({ key: i === 0, start: i === 0, picture: 1 }),
    ...new Array<number>(1100).fill(i),
  ];
  for (let i = 0; i < 60; i++) {
    yard.arrive(UP, {
      ssrc: 100,
      sequenceNumber: i,
      timestamp: 3000,
      marker: i === 59,
      mid: '1',
      payload: payload(i),
    });
  }
  const atOnce = down.rtp.length;
  assert.ok(atOnce >= 1 && atOnce < 20, `${atOnce} at once`);
  yard.pass(100);
  assert.ok(down.rtp.length > atOnce && down.rtp.length < 60, `${down.rtp.length} after 100 ms`);
  yard.pass(400);
  const media = down.rtp.filter(({ ssrc }) => ssrc === 5000);
  assert.deepEqual(
    media.map(({ payload: bytes }) => bytes.at(-1)),
    Array.from({ length: 60 }, (_, i) => i),
  );
  const first = media[0]!;
  assert.deepEqual(
    media.map(({ sequenceNumber, timestamp }) => [
      (sequenceNumber - first.sequenceNumber) & 0xffff,
      timestamp,
    ]),
    Array.from({ length: 60 }, (_, i) => [i, first.timestamp]),
  );
  assert.equal(media.at(-1)!.marker, true);
});

test('who asks for everything again and again is answered within bounds (M7)', () => {
  const { yard, down } = stage([camera('mina', { encodings: [{}] })]);
  for (let i = 0; i < 500; i++) {
    yard.arrive(UP, {
      ssrc: 100,
      sequenceNumber: i,
      timestamp: 3000 * i,
      marker: true,
      mid: '1',
      payload: vp8({ key: i === 0, picture: i }),
    });
    yard.pass(10);
  }
  const media = down.rtp.filter(({ ssrc }) => ssrc === 5000);
  assert.equal(media.length, 500);
  const all = Uint16Array.from(media, ({ sequenceNumber }) => sequenceNumber);
  const before = down.rtp.length;
  for (let times = 0; times < 50; times++) yard.tell(DOWN, (rtcp) => rtcp.nack(1, 5000, all, all.length));
  assert.ok(down.rtp.length - before <= 100, `${down.rtp.length - before} at once`);
});

test('who has spoken is told, the last first, and no more of a microphone that is gone', () => {
  const yard = new RouterYard();
  const names = ['mina', 'joon', 'hana'];
  names.forEach((name, index) => {
    yard.open(index + 1, 'up', name);
    yard.receive(index + 1, microphone(name));
  });
  const talk = (who: number, ms: number): void => {
    for (let i = 0; i < ms / 20; i++) {
      const packet = { ssrc: who, sequenceNumber: yard.now / 20, payloadType: 111, mid: '0', payload: [1] };
      yard.arrive(who, { ...packet, audioLevel: 20 });
      yard.pass(20);
    }
  };
  talk(1, 3000);
  talk(3, 300);
  talk(2, 3000);
  yard.receive(1);
  yard.pass(1000);
  const told = yard.reports.flatMap((one) =>
    one.kind === 'spoken' ? [`${one.room}: ${one.participantIds}`] : [],
  );
  assert.deepEqual(told, ['tea: mina', 'tea: joon,mina', 'tea: joon']);
});
