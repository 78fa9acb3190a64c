import assert from 'node:assert/strict';
import { RtpHeaderWriter } from '@madang/core/rtp/rtp-header-writer';
import { RTP_HEADER_BYTES, RtpPacketView } from '@madang/core/rtp/rtp-packet-view';

const view = new RtpPacketView();
const again = new RtpPacketView();
const writer = new RtpHeaderWriter();
const header = new Uint8Array(70_000);

/**
 * One input of the RTP parser: it never throws, never changes its input, stays inside it, and what it understood
 * survives being written and parsed again.
 */
export default function rtpHeader(bytes: Uint8Array): void {
  const before = bytes.slice();
  if (!view.parseHeader(bytes, 0, bytes.length)) return;
  assert.ok(view.headerLength >= RTP_HEADER_BYTES && view.headerLength <= bytes.length);
  assert.equal(view.payloadOffset, view.headerLength);
  rewrite();
  // As after the removal of a tag, and as it is.
  for (const length of [bytes.length - 16, bytes.length]) {
    if (!view.readPayload(length)) continue;
    assert.ok(view.payloadLength >= 0 && view.paddingLength >= 0);
    assert.equal(view.headerLength + view.payloadLength + view.paddingLength, length);
  }
  assert.deepEqual(bytes, before);
}

/** Writes the fields and every element that is found; parsed again, they are the same. */
function rewrite(): void {
  const { payloadType, marker, sequenceNumber, timestamp, ssrc } = view;
  writer.begin(header, 0, payloadType, marker, sequenceNumber, timestamp, ssrc);
  for (let id = -1; id <= 256; id++) {
    const at = view.findExtension(id);
    if (at < 0) continue;
    assert.ok(id > 0 && at >= RTP_HEADER_BYTES + 4 && at + view.extensionLength <= view.headerLength);
    assert.ok(writer.addExtension(id, view.bytes, at, view.extensionLength));
  }
  assert.ok(again.parseHeader(header, 0, writer.end()));
  assert.equal(again.payloadLength, 0);
  assert.deepEqual(
    [again.payloadType, again.marker, again.sequenceNumber, again.timestamp, again.ssrc],
    [payloadType, marker, sequenceNumber, timestamp, ssrc],
  );
  for (let id = 0; id < 256; id++) assertSameElement(id);
}

function assertSameElement(id: number): void {
  const at = view.findExtension(id);
  const copyAt = again.findExtension(id);
  assert.equal(copyAt < 0, at < 0);
  assert.equal(again.extensionLength, view.extensionLength);
  for (let i = 0; i < view.extensionLength; i++) assert.equal(header[copyAt + i], view.bytes[at + i]);
}
