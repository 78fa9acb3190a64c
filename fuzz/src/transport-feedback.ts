import assert from 'node:assert/strict';
import { TransportFeedbackView } from '@madang/core/rtcp/transport-feedback-view';
import { MAX_UNREPORTED, TransportFeedbackRecorder } from '@madang/core/rtcp/transport-feedback-writer';
import { instant } from '@madang/core/time/instant';

const view = new TransportFeedbackView();
const again = new TransportFeedbackView();
const copy = new Uint8Array(8000);

const MAX_STORY_BYTES = 400;

/**
 * One input, two ways: as a feedback packet, and as the story of a path that the recorder is told. Nothing throws,
 * nothing is changed, and what a packet says of arrivals, recorded and written again, is said again.
 */
export default function transportFeedback(bytes: Uint8Array): void {
  const before = bytes.slice();
  if (view.parse(bytes, 0, bytes.length)) readAndRecord();
  tell(bytes);
  assert.deepEqual(bytes, before);
}

function readAndRecord(): void {
  const { baseSequence, statusCount } = view;
  const recorder = new TransportFeedbackRecorder();
  const arrivals = new Map<number, number>();
  let earliest = Infinity;
  let count = 0;
  let isInOrder = true;
  while (view.next()) {
    // No assert of its own for each of 65,535 statuses: that would take longer than all else.
    isInOrder &&= view.sequenceNumber === ((baseSequence + count) & 0xffff);
    count++;
    if (!view.isReceived) continue;
    recorder.arrived(instant(view.arrivalMs), view.sequenceNumber);
    arrivals.set(view.sequenceNumber, view.arrivalMs);
    earliest = Math.min(earliest, view.arrivalMs);
  }
  assert.ok(isInOrder);
  assert.equal(count, statusCount);
  // What is more than is kept was forgotten, and so few numbers are known from 16 bits alone.
  if (arrivals.size <= MAX_UNREPORTED) assert.deepEqual(written(recorder, earliest, copy.length), arrivals);
}

/** Two bytes each: how far the sender's number moves, how long the packet takes; a long time is a time to report. */
function tell(bytes: Uint8Array): void {
  const recorder = new TransportFeedbackRecorder();
  let [sequence, now] = [0, 0];
  const end = Math.min(bytes.length, MAX_STORY_BYTES);
  for (let at = 0; at + 1 < end; at += 2) {
    const [moves, waits] = [bytes[at]!, bytes[at + 1]!];
    sequence += moves < 200 ? 1 : moves < 240 ? moves - 220 : (moves - 238) ** 4;
    now += waits / 8;
    recorder.arrived(instant(now), sequence & 0xffff);
    if (waits > 240) written(recorder, now, 16 + waits);
    assert.ok(recorder.unreportedCount <= MAX_UNREPORTED);
  }
  written(recorder, now, 1200);
  assert.equal(recorder.unreportedCount, 0);
}

/** What all packets say that the recorder writes. */
function written(recorder: TransportFeedbackRecorder, now: number, capacity: number): Map<number, number> {
  const arrivals = new Map<number, number>();
  for (let packets = 0; ; packets++) {
    assert.ok(packets <= MAX_UNREPORTED, 'writing never ends');
    const length = recorder.write(instant(now), 1, 2, copy, 0, capacity);
    assert.ok(length <= capacity && (length & 3) === 0);
    if (length === 0) return arrivals;
    assert.ok(again.parse(copy, 0, length), 'what was written is malformed');
    while (again.next()) if (again.isReceived) arrivals.set(again.sequenceNumber, again.arrivalMs);
  }
}
