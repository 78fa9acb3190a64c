import type { DeviceError } from '../api/errors.js';
import type { CameraOptions, MicrophoneOptions, ScreenShareOptions } from '../api/track.js';
import { cameraConstraints, microphoneConstraints, screenConstraints } from './constraints.js';
import { deviceErrorOf, unavailableError } from './device-error.js';
import type { CapturedDevice } from './device-error.js';
import { devices } from './devices.js';

/** Opens a camera. @throws DeviceError */
export async function openCamera(options: CameraOptions = {}): Promise<MediaStreamTrack> {
  return openDevice('camera', { video: cameraConstraints(options) });
}

/** Opens a microphone. @throws DeviceError */
export async function openMicrophone(options: MicrophoneOptions = {}): Promise<MediaStreamTrack> {
  return openDevice('microphone', { audio: microphoneConstraints(options) });
}

export interface OpenScreen {
  readonly video: MediaStreamTrack;
  /** There when sound was asked for, and the person and the browser gave it. */
  readonly audio: MediaStreamTrack | undefined;
}

/** Lets the person choose a screen, a window or a tab. Needs a click or key before. @throws DeviceError */
export async function openScreen(options: ScreenShareOptions = {}): Promise<OpenScreen> {
  const stream = await capture('screen', 'getDisplayMedia', screenConstraints(options));
  const [video] = stream.getVideoTracks() as [MediaStreamTrack];
  video.contentHint = options.contentHint ?? 'detail';
  const audio = stream.getAudioTracks()[0];
  if (audio !== undefined) audio.contentHint = 'music';
  return { video, audio };
}

async function openDevice(
  device: 'camera' | 'microphone',
  constraints: MediaStreamConstraints,
): Promise<MediaStreamTrack> {
  const stream = await capture(device, 'getUserMedia', constraints);
  // With the permission the names of all devices become known, and no event tells so.
  void devices.refresh();
  return stream.getTracks()[0] as MediaStreamTrack;
}

async function capture(
  device: CapturedDevice,
  method: 'getUserMedia' | 'getDisplayMedia',
  constraints: MediaStreamConstraints,
): Promise<MediaStream> {
  // Missing in pages over plain http, and getDisplayMedia on phones, whatever lib.dom says.
  const mediaDevices = navigator.mediaDevices as Partial<MediaDevices> | undefined;
  if (mediaDevices?.[method] === undefined) throw unavailableError(device, isSecureContext);
  try {
    return await navigator.mediaDevices[method](constraints);
  } catch (cause) {
    throw await explained(cause, device);
  }
}

async function explained(cause: unknown, device: CapturedDevice): Promise<DeviceError> {
  return deviceErrorOf(cause, device, device === 'screen' ? undefined : await permissionOf(device));
}

/** Undefined where the browser does not tell. */
async function permissionOf(name: 'camera' | 'microphone'): Promise<PermissionState | undefined> {
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return undefined;
  }
}
