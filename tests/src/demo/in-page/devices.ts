/// <reference lib="dom" />
// Runs in pages, before their own scripts: cameras, a microphone and a screen whose content is drawn and known.
import { drawPortrait } from './portrait.js';
import type { Portrait } from './portrait.js';
import { drawSlide } from './slide.js';

/** What a page finds when it looks for devices. */
export interface Equipment {
  readonly cameras: readonly { readonly label: string; readonly portrait: Portrait }[];
  readonly frequencyHz: number;
  /** 0 to 1: how loud the microphone's tone is. */
  readonly loudness: number;
  /** Lines of the camera's picture, 16:9. */
  readonly height: number;
  readonly framesPerSecond: number;
}

/** Replaces the browser's devices. */
export function installDevices(equipment: Equipment): void {
  const { mediaDevices } = navigator;
  const { cameras, framesPerSecond } = equipment;
  mediaDevices.enumerateDevices = () => Promise.resolve(listDevices(cameras.map(({ label }) => label)));
  mediaDevices.getUserMedia = (wanted) => {
    const tracks: MediaStreamTrack[] = [];
    if (wanted?.video) {
      const chosen = Math.max(0, CAMERA_IDS.indexOf(wishedDevice(wanted.video) ?? ''));
      const { label, portrait } = cameras[chosen] ?? cameras[0]!;
      const talks = equipment.loudness > 0.1;
      const picture = film(equipment.height, framesPerSecond, (on, seconds) =>
        drawPortrait(on, portrait, seconds, talks),
      );
      tracks.push(named(picture, label, CAMERA_IDS[chosen]!));
    }
    if (wanted?.audio) tracks.push(named(tone(equipment), MICROPHONE_LABEL, 'microphone-1'));
    return Promise.resolve(new MediaStream(tracks));
  };
  mediaDevices.getDisplayMedia = () => Promise.resolve(new MediaStream([film(720, 5, drawSlide)]));
}

const CAMERA_IDS = ['camera-1', 'camera-2'];
const MICROPHONE_LABEL = 'Studio microphone';

function listDevices(cameraLabels: readonly string[]): MediaDeviceInfo[] {
  const info = (kind: MediaDeviceKind, deviceId: string, label: string): MediaDeviceInfo => ({
    ...{ kind, deviceId, label, groupId: 'desk' },
    toJSON: () => ({ kind, deviceId, label }),
  });
  return [
    ...cameraLabels.map((label, index) => info('videoinput', CAMERA_IDS[index]!, label)),
    info('audioinput', 'microphone-1', MICROPHONE_LABEL),
    info('audiooutput', 'default', 'Speakers'),
  ];
}

function wishedDevice(constraints: boolean | MediaTrackConstraints): string | undefined {
  const wish = typeof constraints === 'boolean' ? undefined : constraints.deviceId;
  if (wish === undefined || typeof wish === 'string') return wish;
  const named = Array.isArray(wish) ? wish : (wish.exact ?? wish.ideal);
  return Array.isArray(named) ? named[0] : named;
}

/** The app reads the device of a track from these. */
function named(track: MediaStreamTrack, label: string, deviceId: string): MediaStreamTrack {
  const settings = track.getSettings.bind(track);
  track.getSettings = () => ({ ...settings(), deviceId });
  return Object.defineProperty(track, 'label', { value: label });
}

/** A picture that is drawn as long as somebody wants it. */
function film(
  height: number,
  framesPerSecond: number,
  draw: (on: CanvasRenderingContext2D, seconds: number) => void,
): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: (height * 16) / 9, height });
  const context = canvas.getContext('2d')!;
  const track = canvas.captureStream(framesPerSecond).getVideoTracks()[0]!;
  const next = () => draw(context, performance.now() / 1000);
  next();
  const timer = setInterval(() => {
    if (track.readyState === 'live') next();
    else clearInterval(timer);
  }, 1000 / framesPerSecond);
  return track;
}

function tone({ frequencyHz, loudness }: Equipment): MediaStreamTrack {
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, { frequency: frequencyHz });
  const destination = context.createMediaStreamDestination();
  oscillator.connect(new GainNode(context, { gain: loudness })).connect(destination);
  oscillator.start();
  return destination.stream.getAudioTracks()[0]!;
}
