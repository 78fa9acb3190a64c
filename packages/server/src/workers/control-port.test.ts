import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QuotaAnswer, QuotaHolder } from '../drivers/allocation-quota.js';
import type { WorkerMessage } from './commands.js';
import { ControlPort } from './control-port.js';

const LIMITS = { perUser: 2, perAddress: 0, total: 0 };
const MINA: QuotaHolder = { username: '100:mina', address: '192.0.2.1' };
const JOON: QuotaHolder = { username: '100:joon', address: '192.0.2.2' };

function connected() {
  const said: WorkerMessage[] = [];
  const port = new ControlPort((message) => said.push(message));
  const admit = (holder: QuotaHolder): { result?: QuotaAnswer } => {
    const answer: { result?: QuotaAnswer } = {};
    port.quota.admit(holder, (result) => {
      answer.result = result;
    });
    return answer;
  };
  return { said, port, admit };
}

test('without a control process quotas hold by what the worker knows, and what waited is answered', () => {
  const { said, port, admit } = connected();
  admit(MINA);
  port.handleQuotaAnswer(1, 'granted');
  const waiting = admit(MINA);
  assert.equal(waiting.result, undefined);
  port.lose(LIMITS);
  assert.equal(waiting.result, 'granted');
  assert.equal(admit(MINA).result, 'userQuota');
  port.quota.release(MINA);
  assert.equal(admit(MINA).result, 'granted');
  assert.equal(admit(JOON).result, 'granted');
  const saidBefore = said.length;
  const heard: WorkerMessage[] = [];
  port.gain((message) => heard.push(message));
  assert.deepEqual(heard, [
    {
      kind: 'adopted',
      holdings: [
        { holder: MINA, count: 2 },
        { holder: JOON, count: 1 },
      ],
      borrowed: [],
    },
  ]);
  assert.equal(said.length, saidBefore, 'nobody hears what is said meanwhile');
  const later = admit(MINA);
  assert.equal(later.result, undefined, 'the new one is asked again');
  assert.equal(heard.at(-1)?.kind, 'quotaAdmit');
  // An answer of the one before is no answer to this.
  port.handleQuotaAnswer(2, 'granted');
  assert.equal(later.result, undefined);
});

test('a port lent by another worker is given back to the next control process when it was closed meanwhile', () => {
  const { said, port } = connected();
  const reservations = port.reservationsOf(1);
  const claimed: unknown[] = [];
  for (const token of [7n, 8n, 9n]) reservations.claim(token, 'mina', (result) => claimed.push(result));
  const ports = [20_000, 20_002].map((number) => ({ owner: 0, family: 4 as const, port: number }));
  port.handleClaimAnswer(1, ports[0]);
  port.handleClaimAnswer(2, ports[1]);
  port.lose(LIMITS);
  assert.deepEqual(claimed, [...ports, undefined], 'a claim nobody can answer finds nothing');
  reservations.giveBack(0, 4, 20_000);
  assert.equal(
    said.some((message) => message.kind === 'giveBack'),
    false,
  );
  const heard: WorkerMessage[] = [];
  port.gain((message) => heard.push(message));
  assert.deepEqual(heard, [
    { kind: 'adopted', holdings: [], borrowed: [ports[1], ports[0]] },
    { kind: 'giveBack', ...ports[0] },
  ]);
});
