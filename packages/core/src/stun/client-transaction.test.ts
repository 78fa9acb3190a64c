import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, NEVER } from '../time/instant.js';
import { ClientTransaction, type ClientTransactionOptions } from './client-transaction.js';
import { parsed, rawMessage } from './test-messages.test.js';

const request = rawMessage(0x0001);

/** Runs a transaction without answers; gives the times of the sends and of the end. */
function runSilent(options: Partial<ClientTransactionOptions>): {
  sends: number[];
  end: number;
  last: ClientTransaction;
} {
  const transaction = new ClientTransaction({ request, transport: 'unreliable', ...options });
  const sends: number[] = [];
  let now = 1000;
  const output = {
    send: (bytes: Uint8Array, offset: number, length: number) => {
      assert.deepEqual(bytes.slice(offset, offset + length), request);
      sends.push(now - 1000);
    },
  };
  assert.equal(transaction.nextDeadline(), NEVER);
  transaction.start(instant(now), output);
  while (transaction.nextDeadline() !== NEVER) {
    const deadline = transaction.nextDeadline();
    transaction.handleTimeout(instant(deadline - 1), output);
    assert.equal(transaction.nextDeadline(), deadline, 'early calls do nothing');
    now = deadline;
    transaction.handleTimeout(instant(now), output);
  }
  return { sends, end: now - 1000, last: transaction };
}

test('RFC 8489 section 6.2.1: sends at 0, 500, 1500, ... 31500 ms, ends at 39500 ms', () => {
  const { sends, end, last } = runSilent({});
  assert.deepEqual(sends, [0, 500, 1500, 3500, 7500, 15500, 31500]);
  assert.equal(end, 39_500);
  assert.equal(last.outcome, 'timedOut');
});

test('RFC 8489 section 6.2.2: one send and 39.5 s over a reliable transport', () => {
  const { sends, end } = runSilent({ transport: 'reliable' });
  assert.deepEqual(sends, [0]);
  assert.equal(end, 39_500);
});

test('RTO, Rc and Rm are options', () => {
  const { sends, end } = runSilent({ initialRtoMs: 100, maximumSends: 3, finalWaitFactor: 4 });
  assert.deepEqual(sends, [0, 100, 300]);
  assert.equal(end, 700);
});

test('only a response with its transaction id and method answers', () => {
  const transaction = new ClientTransaction({ request, transport: 'unreliable' });
  assert.equal(transaction.isAnsweredBy(parsed(rawMessage(0x0101))), false, 'not started');
  transaction.start(instant(0), { send: () => {} });
  assert.equal(transaction.isAnsweredBy(parsed(rawMessage(0x0101))), true);
  assert.equal(transaction.isAnsweredBy(parsed(rawMessage(0x0111))), true);
  assert.equal(transaction.isAnsweredBy(parsed(rawMessage(0x0001))), false, 'our request mirrored');
  assert.equal(transaction.isAnsweredBy(parsed(rawMessage(0x0011))), false);
  assert.equal(transaction.isAnsweredBy(parsed(rawMessage(0x0103))), false, 'another method');
  const other = rawMessage(0x0101);
  other[19]! ^= 1;
  assert.equal(transaction.isAnsweredBy(parsed(other)), false);
  transaction.accept();
  assert.equal(transaction.outcome, 'answered');
  assert.equal(transaction.nextDeadline(), NEVER);
  assert.equal(transaction.isAnsweredBy(parsed(rawMessage(0x0101))), false, 'already answered');
});

test('a discarded response does not end the wait over UDP, but names the end', () => {
  const transaction = new ClientTransaction({ request, transport: 'unreliable', maximumSends: 2 });
  let sends = 0;
  const output = { send: () => void sends++ };
  transaction.start(instant(0), output);
  transaction.discard();
  assert.equal(transaction.outcome, 'pending');
  transaction.handleTimeout(instant(500), output);
  assert.equal(sends, 2);
  transaction.handleTimeout(transaction.nextDeadline(), output);
  assert.equal(transaction.outcome, 'integrityViolated');
});

test('a discarded response ends the transaction over a reliable transport', () => {
  const transaction = new ClientTransaction({ request, transport: 'reliable' });
  transaction.start(instant(0), { send: () => {} });
  transaction.discard();
  assert.equal(transaction.outcome, 'integrityViolated');
  assert.equal(transaction.nextDeadline(), NEVER);
});
