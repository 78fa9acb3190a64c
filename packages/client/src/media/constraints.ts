import type { CameraOptions, MicrophoneOptions, ScreenShareOptions } from '../api/track.js';

const DEFAULT_HEIGHT = 720;
const DEFAULT_FRAME_RATE = 30;
/** A mesh encodes a screen once for each receiver: beyond this the encoder is the bottleneck. */
const MOST_SCREEN_WIDTH = 2560;
const MOST_SCREEN_HEIGHT = 1600;

/**
 * What is asked of a camera. Everything but the chosen device is a wish (`ideal`): a camera that cannot fulfil it is
 * better than none.
 */
export function cameraConstraints(options: CameraOptions): MediaTrackConstraints {
  const height = options.height ?? DEFAULT_HEIGHT;
  return {
    ...whichCamera(options),
    height: { ideal: height },
    width: { ideal: Math.round((height * 16) / 9) },
    frameRate: { ideal: options.frameRate ?? DEFAULT_FRAME_RATE },
  };
}

/** What is asked of a microphone. */
export function microphoneConstraints(options: MicrophoneOptions): MediaTrackConstraints {
  return {
    ...(options.deviceId === undefined ? {} : { deviceId: { exact: options.deviceId } }),
    echoCancellation: options.echoCancellation ?? true,
    noiseSuppression: options.noiseSuppression ?? true,
    autoGainControl: options.autoGainControl ?? true,
  };
}

/** `DisplayMediaStreamOptions` of the W3C Screen Capture draft, with members that lib.dom does not know yet. */
export interface ScreenConstraints extends DisplayMediaStreamOptions {
  readonly selfBrowserSurface: 'exclude' | 'include';
  readonly surfaceSwitching: 'exclude' | 'include';
  readonly systemAudio: 'exclude' | 'include';
}

/** What is asked when somebody shares a screen. */
export function screenConstraints(options: ScreenShareOptions): ScreenConstraints {
  return {
    video: {
      width: { max: MOST_SCREEN_WIDTH },
      height: { max: MOST_SCREEN_HEIGHT },
      // Text needs sharpness, not fluency, and the bits can go into only one of them.
      frameRate: { ideal: options.contentHint === 'motion' ? 30 : 15 },
    },
    // What plays on this machine is no voice: processing made for voices would spoil it.
    audio:
      options.audio === true
        ? { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
        : false,
    // A tab that shows itself is a hall of mirrors.
    selfBrowserSurface: 'exclude',
    surfaceSwitching: 'include',
    systemAudio: options.audio === true ? 'include' : 'exclude',
  };
}

function whichCamera({ deviceId, facingMode }: CameraOptions): MediaTrackConstraints {
  if (deviceId !== undefined) return { deviceId: { exact: deviceId } };
  return facingMode === undefined ? {} : { facingMode: { ideal: facingMode } };
}
