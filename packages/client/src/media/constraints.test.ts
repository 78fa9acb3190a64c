import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameraConstraints, microphoneConstraints, screenConstraints } from './constraints.js';

test('a camera is asked for 720p unless told, and only the chosen device is demanded', () => {
  assert.deepEqual(cameraConstraints({}), {
    height: { ideal: 720 },
    width: { ideal: 1280 },
    frameRate: { ideal: 30 },
  });
  assert.deepEqual(cameraConstraints({ deviceId: 'x', facingMode: 'user', height: 360, frameRate: 15 }), {
    deviceId: { exact: 'x' },
    height: { ideal: 360 },
    width: { ideal: 640 },
    frameRate: { ideal: 15 },
  });
  assert.deepEqual(cameraConstraints({ facingMode: 'environment' }).facingMode, { ideal: 'environment' });
});

test('a microphone is processed for voices unless told', () => {
  assert.deepEqual(microphoneConstraints({}), {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
  });
  assert.deepEqual(microphoneConstraints({ deviceId: 'm', noiseSuppression: false }), {
    deviceId: { exact: 'm' },
    echoCancellation: true,
    noiseSuppression: false,
    autoGainControl: true,
  });
});

test('a screen is bounded, and its sound is asked for only when wanted', () => {
  const silent = screenConstraints({});
  assert.equal(silent.audio, false);
  assert.equal(silent.systemAudio, 'exclude');
  assert.deepEqual((silent.video as MediaTrackConstraints).frameRate, { ideal: 15 });
  const film = screenConstraints({ audio: true, contentHint: 'motion' });
  assert.deepEqual(film.audio, {
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
  });
  assert.deepEqual((film.video as MediaTrackConstraints).frameRate, { ideal: 30 });
});
