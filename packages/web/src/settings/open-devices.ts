import { createCameraTrack, createMicrophoneTrack, DeviceError } from '../sdk.js';
import type { CameraOptions, LocalTrack, MicrophoneOptions } from '../sdk.js';
import { cameraOptions, microphoneOptions } from './capture-options.js';
import { preferences } from './preferences.js';

/** Opens the preferred camera, or the usual one when that was left at home. @throws DeviceError */
export function openCamera(): Promise<LocalTrack> {
  return withCamera(createCameraTrack);
}

/** Opens the preferred microphone, or the usual one when that was left at home. @throws DeviceError */
export function openMicrophone(): Promise<LocalTrack> {
  return withMicrophone(createMicrophoneTrack);
}

/** Has the preferred camera opened, then the usual one when that is not there. */
export function withCamera<T>(open: (options: CameraOptions) => Promise<T>): Promise<T> {
  const wanted = preferences.peek();
  return orUsual(
    wanted.cameraId,
    () => open(cameraOptions(wanted)),
    () => open(cameraOptions({ ...wanted, cameraId: undefined })),
  );
}

/** Has the preferred microphone opened, then the usual one when that is not there. */
export function withMicrophone<T>(open: (options: MicrophoneOptions) => Promise<T>): Promise<T> {
  const wanted = preferences.peek();
  return orUsual(
    wanted.microphoneId,
    () => open(microphoneOptions(wanted)),
    () => open(microphoneOptions({ ...wanted, microphoneId: undefined })),
  );
}

async function orUsual<T>(
  preferred: string | undefined,
  open: () => Promise<T>,
  openUsual: () => Promise<T>,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const isGone =
      error instanceof DeviceError && (error.code === 'overconstrained' || error.code === 'deviceNotFound');
    if (preferred === undefined || !isGone) throw error;
    return openUsual();
  }
}
