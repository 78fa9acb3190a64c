import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IceRecovery } from './ice-recovery.js';
import type { RecoveryAction } from './ice-recovery.js';

/** Lets time pass from one moment something may be due to the next, and notes what was. */
class Clock {
  nowMs = 1000;
  readonly recovery: IceRecovery;
  readonly done: [atMs: number, action: RecoveryAction][] = [];

  constructor(polite: boolean, random = 0) {
    this.recovery = new IceRecovery({ polite, nowMs: this.nowMs, random: () => random });
  }

  observe(...states: RTCPeerConnectionState[]): this {
    for (const state of states) this.recovery.observe(state, this.nowMs);
    return this;
  }

  /** Goes on for `milliseconds`; each action is answered by `after`. */
  pass(milliseconds: number, after?: (action: RecoveryAction) => void): this {
    const endMs = this.nowMs + milliseconds;
    for (let turns = 0; ; turns += 1) {
      assert.ok(turns < 1000, 'it must not be due for ever');
      const action = this.recovery.decide(this.nowMs);
      if (action !== undefined) {
        this.done.push([this.nowMs - 1000, action]);
        after?.(action);
        continue;
      }
      const nextMs = this.recovery.nextAtMs(this.nowMs);
      if (nextMs === undefined || nextMs > endMs) break;
      this.nowMs = Math.max(nextMs, this.nowMs);
    }
    this.nowMs = endMs;
    return this;
  }
}

const IMPOLITE = false;
const POLITE = true;

describe('ICE recovery', () => {
  test('a connection that works is left alone', () => {
    const clock = new Clock(IMPOLITE).observe('connecting', 'connected').pass(3_600_000);
    assert.deepEqual(clock.done, []);
    assert.equal(clock.recovery.nextAtMs(clock.nowMs), undefined);
  });

  test('an interruption is given two seconds by the impolite side, five by the polite one', () => {
    for (const [polite, due] of [
      [IMPOLITE, 2000],
      [POLITE, 5000],
    ] as const) {
      const clock = new Clock(polite).observe('connected', 'disconnected').pass(due - 1);
      assert.deepEqual(clock.done, []);
      clock.pass(1);
      assert.deepEqual(clock.done, [[due, 'restart']]);
    }
  });

  test('an interruption that passes by itself needs no restart', () => {
    const clock = new Clock(IMPOLITE).observe('connected', 'disconnected').pass(1900).observe('connected');
    assert.deepEqual(clock.pass(60_000).done, []);
  });

  test('a failure is answered at once, a little later by the polite side', () => {
    assert.deepEqual(new Clock(IMPOLITE).observe('connected', 'failed').pass(300).done, [[0, 'restart']]);
    assert.deepEqual(new Clock(POLITE).observe('connected', 'failed').pass(300).done, [[300, 'restart']]);
  });

  test('restarts that change nothing come ever later, then everything is made anew', () => {
    const clock = new Clock(IMPOLITE).observe('connected', 'failed');
    clock.pass(90_000, (action) => {
      if (action === 'rebuild') clock.recovery.rebuilt(clock.nowMs);
      clock.observe('connecting', 'failed');
    });
    assert.deepEqual(clock.done.slice(0, 8), [
      [0, 'restart'],
      [1000, 'rebuild'],
      [3000, 'restart'],
      [7000, 'rebuild'],
      [15_000, 'restart'],
      [30_000, 'rebuild'],
      [45_000, 'restart'],
      [60_000, 'rebuild'],
    ]);
  });

  test('the back-off has some randomness', () => {
    const clock = new Clock(IMPOLITE, 1).observe('connected', 'failed');
    clock.pass(3000, () => clock.observe('connecting', 'failed'));
    assert.deepEqual(clock.done, [
      [0, 'restart'],
      [1250, 'rebuild'],
    ]);
  });

  test('the back-off begins anew only after five seconds of connection', () => {
    const flapping = new Clock(IMPOLITE).observe('connected', 'failed').pass(0);
    flapping.observe('connected').pass(500).observe('failed').pass(500);
    assert.deepEqual(flapping.done, [
      [0, 'restart'],
      [1000, 'rebuild'],
    ]);
    const stable = new Clock(IMPOLITE).observe('connected', 'failed').pass(0);
    stable.observe('connected').pass(5000).observe('failed').pass(500);
    assert.deepEqual(stable.done, [
      [0, 'restart'],
      [5000, 'restart'],
    ]);
  });

  test('connecting for too long is helped', () => {
    assert.deepEqual(new Clock(IMPOLITE).observe('connecting').pass(16_000).done, [[15_000, 'restart']]);
  });

  test('so is having nothing to connect with', () => {
    const clock = new Clock(IMPOLITE);
    clock.recovery.offerSent(clock.nowMs);
    clock.recovery.settled(clock.nowMs);
    assert.deepEqual(clock.pass(16_000).done, [[15_000, 'restart']]);
  });

  test('an offer without an answer is sent again twice, then everything is made anew', () => {
    const clock = new Clock(IMPOLITE);
    clock.recovery.offerSent(clock.nowMs);
    clock.pass(30_000, (action) => {
      if (action === 'rebuild') clock.recovery.rebuilt(clock.nowMs);
      else clock.recovery.offerSent(clock.nowMs);
    });
    assert.deepEqual(clock.done, [
      [8000, 'resend'],
      [16_000, 'resend'],
      [24_000, 'rebuild'],
    ]);
  });

  test('no restart is tried while an offer waits', () => {
    const clock = new Clock(IMPOLITE).observe('connected', 'failed');
    clock.recovery.offerSent(clock.nowMs);
    assert.deepEqual(clock.pass(7999).done, []);
    clock.recovery.settled(clock.nowMs);
    assert.deepEqual(clock.pass(0).done, [[7999, 'restart']]);
  });

  test('a change of network restarts at once, back-off or not', () => {
    const clock = new Clock(POLITE).observe('connected', 'failed').pass(400);
    clock.recovery.urge(clock.nowMs);
    assert.deepEqual(clock.pass(10).done, [
      [300, 'restart'],
      [400, 'restart'],
    ]);
  });

  test('many changes of network in a call that works are just restarts', () => {
    const clock = new Clock(POLITE).observe('connected');
    for (let change = 0; change < 6; change += 1) {
      clock.recovery.urge(clock.nowMs);
      clock.pass(1000);
    }
    assert.deepEqual(
      clock.done,
      [0, 1, 2, 3, 4, 5].map((second) => [second * 1000, 'restart']),
    );
    assert.deepEqual(clock.observe('failed').pass(300).done.slice(6), [[6300, 'restart']]);
  });

  test('before there was any negotiation a change of network is no matter', () => {
    const clock = new Clock(POLITE);
    clock.recovery.urge(clock.nowMs);
    assert.deepEqual(clock.pass(60_000).done, []);
  });

  test('without signaling nothing is tried; when it is back, what is broken is helped at once', () => {
    const broken = new Clock(POLITE).observe('connected', 'disconnected');
    broken.recovery.signalingLost();
    assert.deepEqual(broken.pass(60_000).done, []);
    broken.recovery.signalingRestored(broken.nowMs);
    assert.deepEqual(broken.pass(10).done, [[60_000, 'restart']]);
    const whole = new Clock(POLITE).observe('connected');
    whole.recovery.signalingLost();
    whole.recovery.signalingRestored(whole.nowMs);
    assert.deepEqual(whole.pass(60_000).done, []);
    const offering = new Clock(POLITE);
    offering.recovery.offerSent(offering.nowMs);
    offering.recovery.signalingRestored(offering.nowMs);
    assert.deepEqual(offering.pass(10).done, [[0, 'resend']]);
  });

  test('a fault is no matter for restarts', () => {
    const clock = new Clock(POLITE).observe('connected');
    clock.recovery.fault();
    clock.pass(10, () => clock.recovery.rebuilt(clock.nowMs));
    assert.deepEqual(clock.done, [[0, 'rebuild']]);
  });

  test('nothing is done for what is closed', () => {
    assert.deepEqual(new Clock(IMPOLITE).observe('connected', 'failed', 'closed').pass(60_000).done, []);
  });
});

describe('the state of a connection', () => {
  const stateAfter = (milliseconds: number, ...states: RTCPeerConnectionState[]): string => {
    const clock = new Clock(IMPOLITE).observe(...states);
    return clock.recovery.connectionState(clock.nowMs + milliseconds);
  };

  test('is told in words of an application', () => {
    assert.equal(stateAfter(0), 'new');
    assert.equal(stateAfter(0, 'connecting'), 'connecting');
    assert.equal(stateAfter(0, 'connecting', 'failed'), 'connecting');
    assert.equal(stateAfter(0, 'connecting', 'connected'), 'connected');
    assert.equal(stateAfter(0, 'connected', 'disconnected'), 'reconnecting');
    assert.equal(stateAfter(0, 'connected', 'failed'), 'reconnecting');
    assert.equal(stateAfter(0, 'connected', 'closed'), 'closed');
  });

  test('is failed after thirty seconds of trying, and says so in time', () => {
    assert.equal(stateAfter(29_999, 'connected', 'disconnected'), 'reconnecting');
    assert.equal(stateAfter(30_000, 'connected', 'disconnected', 'failed'), 'failed');
    assert.equal(stateAfter(30_000, 'connecting'), 'failed');
    assert.equal(stateAfter(60_000, 'connected'), 'connected');
    const clock = new Clock(IMPOLITE);
    assert.equal(clock.recovery.nextAtMs(clock.nowMs), clock.nowMs + 30_000);
  });
});
