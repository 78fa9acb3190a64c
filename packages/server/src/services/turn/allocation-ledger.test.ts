import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { QuotaAnswer } from '../../drivers/allocation-quota.js';
import { AllocationLedger, userOf } from './allocation-ledger.js';

function admit(ledger: AllocationLedger, username: string, address: string): QuotaAnswer {
  let answer: QuotaAnswer | undefined;
  ledger.admit({ username, address }, (result) => (answer = result));
  assert.ok(answer);
  return answer;
}

test('the limit of a user counts all its credentials, that of an address all its users', () => {
  const ledger = new AllocationLedger({ perUser: 2, perAddress: 3, total: 5 });
  assert.equal(admit(ledger, '1900000000:mina', 'a'), 'granted');
  assert.equal(admit(ledger, '1900000001:mina', 'a'), 'granted');
  assert.equal(admit(ledger, '1900000002:mina', 'a'), 'userQuota');
  assert.equal(admit(ledger, 'joon', 'a'), 'granted');
  assert.equal(admit(ledger, 'sora', 'a'), 'addressQuota');
  assert.equal(admit(ledger, 'sora', 'b'), 'granted');
  assert.equal(admit(ledger, 'sora', 'c'), 'granted');
  assert.equal(admit(ledger, 'hana', 'd'), 'capacity');
  ledger.release({ username: '1900000000:mina', address: 'a' });
  assert.equal(admit(ledger, '1900000009:mina', 'a'), 'granted');
});

test('a refused admission costs nothing and releases bring the ledger back to empty', () => {
  const holder = fc.record({
    username: fc.constantFrom('1:u', '2:u', 'v', 'w'),
    address: fc.constantFrom('a', 'b'),
  });
  fc.assert(
    fc.property(fc.array(holder), (holders) => {
      const ledger = new AllocationLedger({ perUser: 3, perAddress: 4, total: 6 });
      const held = holders.filter((one) => admit(ledger, one.username, one.address) === 'granted');
      assert.equal(ledger.total, held.length);
      for (const one of held) ledger.release(one);
      assert.equal(ledger.total, 0);
      assert.equal(ledger.entries, 0);
      assert.throws(() => {
        ledger.release({ username: 'v', address: 'a' });
      });
    }),
  );
});

test('the identity behind a time-limited username', () => {
  assert.equal(userOf('1900000000:mina'), 'mina');
  assert.equal(userOf('1900000000:room:mina'), 'room:mina');
  assert.equal(userOf('mina'), 'mina');
  assert.equal(userOf('1900000000:'), '1900000000:');
});
