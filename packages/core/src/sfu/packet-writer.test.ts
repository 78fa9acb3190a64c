import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RtpHeaderWriter } from '../rtp/rtp-header-writer.js';
import { RtpPacketView } from '../rtp/rtp-packet-view.js';
import { instant } from '../time/instant.js';
import { ForwardedPacket } from './forwarded-packet.js';
import type { HeaderExtensions } from './media-parameters.js';
import { PacketWriter } from './packet-writer.js';
import { FakeTransport } from './sfu-harness.test-support.js';

const RECEIVED: HeaderExtensions = { videoOrientation: 3, colorSpace: 9 };
const SENT: HeaderExtensions = {
  mid: 4,
  absSendTime: 2,
  transportWideCc: 3,
  videoOrientation: 13,
  colorSpace: 11,
};
const MID = Uint8Array.of(0x37);

/** Sends a packet with these extensions on, and answers what a subscriber finds under an id. */
function passedOn(extensions: readonly (readonly [id: number, data: number[]])[], ids = SENT) {
  const bytes = new Uint8Array(256);
  const header = new RtpHeaderWriter();
  header.begin(bytes, 0, 96, true, 7, 90, 1);
  for (const [id, data] of extensions) header.addExtension(id, Uint8Array.from(data), 0, data.length);
  const length = header.end();
  bytes.set([1, 2, 3], length);
  const packet = new ForwardedPacket();
  assert.ok(packet.view.parseHeader(bytes, 0, length + 3));
  assert.ok(packet.view.readPayload(length + 3));
  packet.locateExtensions(RECEIVED);
  const transport = new FakeTransport(1);
  const written = new PacketWriter().writeHeader(instant(0), transport, ids, MID, packet);
  const view = new RtpPacketView();
  assert.ok(view.parseHeader(transport.slotBytes, transport.slotOffset, written));
  return (id: number): number[] | undefined => {
    const at = view.findExtension(id);
    return at < 0 ? undefined : [...transport.slotBytes.subarray(at, at + view.extensionLength)];
  };
}

test('orientation and colour space of a picture are passed on under the ids of the subscriber', () => {
  const found = passedOn([
    [3, [1]],
    [9, [9, 16, 9, 0b10_0100]],
  ]);
  assert.deepEqual(found(13), [1]);
  assert.deepEqual(found(11), [9, 16, 9, 0b10_0100]);
  assert.deepEqual(found(4), [0x37]);
});

test('a colour space with metadata of high dynamic range is passed on whole, a longer one is none', () => {
  const large = Array.from({ length: 28 }, (_, index) => index);
  const found = passedOn([[9, large]]);
  assert.deepEqual(found(11), large);
  assert.deepEqual(found(4), [0x37]);
  assert.equal(passedOn([[9, [...large, 28]]])(11), undefined);
});

test('what the subscriber did not negotiate is left out', () => {
  const found = passedOn([[9, [9, 16, 9, 0]]], { mid: 4 });
  assert.equal(found(9), undefined);
  assert.equal(found(11), undefined);
});
