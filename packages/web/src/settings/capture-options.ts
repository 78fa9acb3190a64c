import type { CameraOptions, MicrophoneOptions } from '../sdk.js';
import { preferences, type Preferences } from './preferences.js';

/** How the camera is opened, from the preferences. */
export function cameraOptions(from: Preferences = preferences.value): CameraOptions {
  return {
    height: from.cameraHeight,
    ...(from.cameraId === undefined ? { facingMode: 'user' as const } : { deviceId: from.cameraId }),
  };
}

/** How the microphone is opened, from the preferences. */
export function microphoneOptions(from: Preferences = preferences.value): MicrophoneOptions {
  const { microphoneId, echoCancellation, noiseSuppression, autoGainControl } = from;
  return {
    echoCancellation,
    noiseSuppression,
    autoGainControl,
    ...(microphoneId === undefined ? {} : { deviceId: microphoneId }),
  };
}
