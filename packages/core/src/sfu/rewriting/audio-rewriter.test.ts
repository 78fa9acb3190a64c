import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../time/instant.js';
import { AudioRewriter } from './audio-rewriter.js';
import { Verdict } from './verdict.js';

/** Lines: `SEQUENCE @TIMESTAMP [M] -> outcome`, with `recover DISTANCE UNITS` what that packet repeats, `pause`, `resume`, `forget`, `wait MS`, `report NTPMS TIMESTAMP`, `time NTPMS -> T`. */
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
  'what is lost is sent from the redundancy of the next packet, and not again when it comes late': [
    '1 @0 -> 7 @100 M',
    '4 @2880 recover 2 1920 -> 8 @1060',
    '4 @2880 recover 1 960 -> 9 @2020',
    '4 @2880 -> 10 @2980',
    '2 @960 -> drop',
    '3 @1920 -> drop',
    '5 @3840 recover 1 960 -> drop',
    '5 @3840 -> 11 @3940',
  ],
  'a packet that is late and was not recovered is still sent': [
    '1 @0 -> 7 @100 M',
    '4 @2880 recover 1 960 -> 9 @2020',
    '4 @2880 -> 10 @2980',
    '2 @960 -> 8 @1060',
    '3 @1920 -> drop',
  ],
  'a recovered packet is known over the end of the numbers, and for as long as one may be late': [
    '65535 @0 -> 7 @100 M',
    '1 @1920 recover 1 960 -> 8 @1060',
    '1 @1920 -> 9 @2020',
    '31 @30720 -> 39 @30820',
    '0 @960 -> drop',
    '40 @39360 -> 48 @39460',
    '0 @960 -> drop',
    '5 @5760 -> drop',
    '20 @20160 -> 28 @20260',
  ],
  'nothing is recovered from before the stream began, while it is paused, or against its time': [
    '9 @960 recover 1 960 -> drop',
    '9 @960 -> 7 @100 M',
    '11 @2880 recover 1 2880 -> drop',
    '11 @2880 recover 1 0 -> drop',
    'pause',
    '11 @2880 recover 1 960 -> drop',
    'resume',
    '12 @3840 recover 1 960 -> drop',
    '12 @3840 -> 8 @2980 M',
    'forget',
    '3 @0 recover 1 960 -> drop',
  ],
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
      const [verb = '', first = '', second = '', distance = '', units = ''] = step.split(' ');
      if (verb === 'pause') rewriter.pause();
      else if (verb === 'resume') rewriter.resume();
      else if (verb === 'forget') rewriter.forgetSource();
      else if (verb === 'wait') now = instant(now + Number(first));
      else if (verb === 'report') rewriter.noteSenderReport(Number(first), Number(second));
      else if (verb === 'time') assert.equal(String(rewriter.timestampAt(Number(first))), expected, step);
      else {
        const packet = {
          sequenceNumber: Number(verb),
          timestamp: Number(first.slice(1)),
          marker: second === 'M',
          payloadLength: 100,
        };
        const verdict =
          second === 'recover'
            ? rewriter.recover(now, packet, Number(distance), Number(units))
            : rewriter.accept(now, packet);
        const { sequence, timestamp, marker } = rewriter;
        const outcome = verdict === Verdict.drop ? 'drop' : `${sequence} @${timestamp}${marker ? ' M' : ''}`;
        assert.equal(outcome, expected, step);
      }
    }
  });
}
