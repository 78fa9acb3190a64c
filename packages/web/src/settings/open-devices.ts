import { createCameraTrack, createMicrophoneTrack, DeviceError, type LocalTrack } from '../sdk.js';
import { cameraOptions, microphoneOptions } from './capture-options.js';
import { preferences } from './preferences.js';

/** Opens the preferred camera, or the usual one when that was left at home. @throws DeviceError */
export function openCamera(): Promise<LocalTrack> {
  const wanted = preferences.peek();
  return orUsual(
    wanted.cameraId,
    () => createCameraTrack(cameraOptions(wanted)),
    () => createCameraTrack(cameraOptions({ ...wanted, cameraId: undefined })),
  );
}

/** Opens the preferred microphone, or the usual one when that was left at home. @throws DeviceError */
export function openMicrophone(): Promise<LocalTrack> {
  const wanted = preferences.peek();
  return orUsual(
    wanted.microphoneId,
    () => createMicrophoneTrack(microphoneOptions(wanted)),
    () => createMicrophoneTrack(microphoneOptions({ ...wanted, microphoneId: undefined })),
  );
}

async function orUsual(
  preferred: string | undefined,
  open: () => Promise<LocalTrack>,
  openUsual: () => Promise<LocalTrack>,
): Promise<LocalTrack> {
  try {
    return await open();
  } catch (error) {
    const isGone =
      error instanceof DeviceError && (error.code === 'overconstrained' || error.code === 'deviceNotFound');
    if (preferred === undefined || !isGone) throw error;
    return openUsual();
  }
}
