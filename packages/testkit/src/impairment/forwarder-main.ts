// node forwarder-main.js OUTER INNER SEED IMPAIRMENT: both ends of a link, as TAP interfaces in the namespace it is started
// in. One line of JSON on standard input is a command (forwarder-command.ts), one on standard output its answer. It ends with
// its standard input, or when an interface is removed.
import { readSync, writeSync } from 'node:fs';
import { FrameForwarder } from './frame-forwarder.js';
import type { ForwarderCommand } from './forwarder-command.js';
import type { LinkImpairment } from './link-report.js';
import { DescriptorWait, openTap } from './tap.js';

const [outerName = '', innerName = '', seed = '0', impairment = '{}'] = process.argv.slice(2);
const outer = openTap(outerName);
const inner = openTap(innerName);
const forwarder = new FrameForwarder(outer, inner, JSON.parse(impairment) as LinkImpairment, Number(seed));
const input = Buffer.alloc(65_536);
let unread = '';

answer({ ready: true });
const descriptors = new DescriptorWait([0, outer, inner]);
// Blocks the thread for as long as nothing is to do: no timer, promise or signal handler runs in this process.
for (;;) {
  descriptors.wait(forwarder.untilNextMs());
  if (descriptors.hasEnded(1) || descriptors.hasEnded(2)) break;
  if ((descriptors.isReadable(0) || descriptors.hasEnded(0)) && !readCommands()) break;
  forwarder.readAll();
  forwarder.writeDue();
}

/** False: the standard input has ended. */
function readCommands(): boolean {
  const length = readSync(0, input);
  unread += input.toString('utf8', 0, length);
  for (let end = unread.indexOf('\n'); end >= 0; end = unread.indexOf('\n')) {
    const command = JSON.parse(unread.slice(0, end)) as ForwarderCommand;
    unread = unread.slice(end + 1);
    if (command.do === 'change') forwarder.change(command.impairment);
    answer(forwarder.report());
  }
  return length > 0;
}

function answer(what: unknown): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}
