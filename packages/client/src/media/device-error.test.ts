import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceError, MadangError } from '../api/errors.js';
import { deviceErrorOf, unavailableError } from './device-error.js';

const CASES = [
  ['NotAllowedError', 'Permission denied', 'denied', 'permissionDenied'],
  ['NotAllowedError', 'Permission denied', undefined, 'permissionDenied'],
  ['NotAllowedError', 'Permission dismissed', undefined, 'permissionDismissed'],
  // Firefox says the same in both cases, and remembers no answer that was only for now.
  ['NotAllowedError', 'The request is not allowed by the user agent', 'prompt', 'permissionDismissed'],
  ['NotAllowedError', 'Permission denied by system', 'prompt', 'permissionDenied'],
  ['SecurityError', '', undefined, 'permissionDenied'],
  ['NotFoundError', 'Requested device not found', undefined, 'deviceNotFound'],
  ['NotReadableError', 'Could not start video source', undefined, 'deviceBusy'],
  ['NotSupportedError', '', undefined, 'unsupported'],
  ['AbortError', 'Timeout starting video source', undefined, 'captureFailed'],
  ['InvalidStateError', '', undefined, 'captureFailed'],
] as const;

for (const [name, message, permission, code] of CASES) {
  test(`${name} "${message}" (${permission ?? 'permission unknown'}) is ${code}`, () => {
    const cause = new DOMException(message, name);
    const error = deviceErrorOf(cause, 'camera', permission);
    assert.ok(error instanceof DeviceError && error instanceof MadangError);
    assert.equal(error.code, code);
    assert.equal(error.device, 'camera');
    assert.equal(error.cause, cause);
    assert.ok(error.message.includes(name) && error.message.includes('camera'), error.message);
  });
}

test('a device that is gone is told from one that cannot do what was asked', () => {
  const failure = (constraint: string) => ({ name: 'OverconstrainedError', message: '', constraint });
  assert.equal(deviceErrorOf(failure('deviceId'), 'microphone', 'granted').code, 'deviceNotFound');
  assert.equal(deviceErrorOf(failure('width'), 'camera', 'granted').code, 'overconstrained');
});

test('who closes the choice of a screen can be asked again', () => {
  const error = deviceErrorOf(new DOMException('Permission denied', 'NotAllowedError'), 'screen', undefined);
  assert.equal(error.code, 'permissionDismissed');
});

test('whatever is thrown becomes a DeviceError', () => {
  for (const cause of [undefined, null, 'text', 7, {}, { name: 3 }, new TypeError('x')]) {
    assert.equal(deviceErrorOf(cause, 'screen', undefined).code, 'captureFailed');
  }
});

test('a page over plain http is told from a browser that cannot', () => {
  assert.equal(unavailableError('camera', false).code, 'insecureContext');
  assert.match(unavailableError('camera', false).message, /https/);
  assert.equal(unavailableError('screen', true).code, 'unsupported');
});
