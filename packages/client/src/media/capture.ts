import type { CameraOptions, LocalTrack, MicrophoneOptions, ScreenShareOptions } from '../api/track.js';
import { CapturedTrack } from './local-track.js';
import { openCamera, openMicrophone, openScreen } from './open-device.js';

/** Opens a camera, for a preview or to publish it later. @throws DeviceError */
export function createCameraTrack(options: CameraOptions = {}): Promise<LocalTrack> {
  return captureCamera(options);
}

/** Opens a microphone, for a level meter or to publish it later. @throws DeviceError */
export function createMicrophoneTrack(options: MicrophoneOptions = {}): Promise<LocalTrack> {
  return captureMicrophone(options);
}

/** A camera with all a room does with it. @throws DeviceError */
export async function captureCamera(options: CameraOptions = {}): Promise<CapturedTrack> {
  const open = (deviceId: string | undefined): Promise<MediaStreamTrack> =>
    openCamera(withDevice(options, deviceId));
  return new CapturedTrack(await open(options.deviceId), 'camera', open);
}

/** A microphone with all a room does with it. @throws DeviceError */
export async function captureMicrophone(options: MicrophoneOptions = {}): Promise<CapturedTrack> {
  const open = (deviceId: string | undefined): Promise<MediaStreamTrack> =>
    openMicrophone(withDevice(options, deviceId));
  return new CapturedTrack(await open(options.deviceId), 'microphone', open);
}

/**
 * Lets the person choose a screen, a window or a tab; needs a click or key before. Answers the picture and, when it was
 * asked for and given, the sound.
 * @throws DeviceError
 */
export async function captureScreen(options: ScreenShareOptions = {}): Promise<CapturedTrack[]> {
  const { video, audio } = await openScreen(options);
  const screen = new CapturedTrack(video, 'screen');
  return audio === undefined ? [screen] : [screen, new CapturedTrack(audio, 'screenAudio')];
}

function withDevice<Options extends { readonly deviceId?: string }>(
  { deviceId: _, ...others }: Options,
  deviceId: string | undefined,
): Omit<Options, 'deviceId'> & { deviceId?: string } {
  return deviceId === undefined ? others : { ...others, deviceId };
}
