import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../time/instant.js';
import { AudioRewriter } from './audio-rewriter.js';
import { Verdict } from './verdict.js';

/** Lines: `SEQUENCE @TIMESTAMP [M] -> outcome`, `pause`, `resume`, `forget`, `wait MS`, `report NTPMS TIMESTAMP`, `time NTPMS -> T`. */
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  'packets keep their order and distance': [
    '65534 @4294966336 -> 7 @100 M',
    '65535 @0 -> 8 @1060',
    '1 @1920 -> 10 @2980',
    '0 @960 -> 9 @2020',
    '2 @2880 M -> 11 @3940 M',
    '65533 @4294965376 -> drop',
  ],
  'a pause leaves no gap in numbers, but one in time': [
    '1 @0 -> 7 @100 M',
    '2 @960 -> 8 @1060',
    'pause',
    'wait 20',
    '3 @1920 -> drop',
    'wait 20',
    'resume',
    '4 @2880 -> 9 @2980 M',
    '3 @1920 -> drop',
    '5 @3840 -> 10 @3940',
  ],
  'a late packet does not begin the stream': ['resume', '9 @0 -> 7 @100 M', '8 @0 -> drop'],
  'another SSRC goes on where the one before ended': [
    '1 @0 -> 7 @100 M',
    'wait 20',
    'forget',
    '50000 @777 -> 8 @1060 M',
  ],
  'sender reports translate the time': [
    'time 1000 -> -1',
    '1 @960 -> 7 @100 M',
    'time 1000 -> -1',
    'report 1000 4294966816',
    'time 1020 -> 4294966916',
    'time 1040 -> 580',
  ],
};

for (const [says, lines] of Object.entries(SCENARIOS)) {
  test(`audio: ${says}`, () => {
    const rewriter = new AudioRewriter({ clockRate: 48_000, firstSequence: 7, firstTimestamp: 100 });
    let now = instant(0);
    for (const line of lines) {
      const [step = '', expected = ''] = line.split(' -> ');
      const [verb = '', first = '', second = ''] = step.split(' ');
      if (verb === 'pause') rewriter.pause();
      else if (verb === 'resume') rewriter.resume();
      else if (verb === 'forget') rewriter.forgetSource();
      else if (verb === 'wait') now = instant(now + Number(first));
      else if (verb === 'report') rewriter.noteSenderReport(Number(first), Number(second));
      else if (verb === 'time') assert.equal(String(rewriter.timestampAt(Number(first))), expected, step);
      else {
        const verdict = rewriter.accept(now, {
          sequenceNumber: Number(verb),
          timestamp: Number(first.slice(1)),
          marker: second === 'M',
          payloadLength: 100,
        });
        const { sequence, timestamp, marker } = rewriter;
        const outcome = verdict === Verdict.drop ? 'drop' : `${sequence} @${timestamp}${marker ? ' M' : ''}`;
        assert.equal(outcome, expected, step);
      }
    }
  });
}
