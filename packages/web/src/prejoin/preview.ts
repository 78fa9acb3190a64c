import { batch, signal, type ReadonlySignal } from '@preact/signals';
import { cameraOptions, microphoneOptions } from '../settings/capture-options.js';
import { refreshDevices } from '../settings/device-list.js';
import { createCameraTrack, createMicrophoneTrack, DeviceError, type LocalTrack } from '../sdk.js';
import { askOnce } from './ask-once.js';

export type Source = 'camera' | 'microphone';

/** What became of opening a camera or a microphone. */
export type Capture =
  | { readonly state: 'off' }
  | { readonly state: 'opening' }
  | { readonly state: 'on'; readonly track: LocalTrack }
  | { readonly state: 'failed'; readonly error: DeviceError };

const OFF: Capture = { state: 'off' };

/** Camera and microphone before a call: opened to be looked at, then taken along into the room. */
export class Preview {
  readonly #captures = { camera: signal<Capture>(OFF), microphone: signal<Capture>(OFF) };
  /** The newest wish for each device: whatever was opened for an older one is closed again. */
  readonly #wishes = { camera: 0, microphone: 0 };
  #disposed = false;

  get camera(): ReadonlySignal<Capture> {
    return this.#captures.camera;
  }

  get microphone(): ReadonlySignal<Capture> {
    return this.#captures.microphone;
  }

  /** Opens what is wanted, with one question of the browser for both where it has to ask. */
  async open(wanted: { readonly camera: boolean; readonly microphone: boolean }): Promise<void> {
    batch(() => {
      if (wanted.camera) this.#captures.camera.value = { state: 'opening' };
      if (wanted.microphone) this.#captures.microphone.value = { state: 'opening' };
    });
    const before = { ...this.#wishes };
    const release = wanted.camera && wanted.microphone ? await askOnce() : undefined;
    const untouched = (source: Source) => wanted[source] && before[source] === this.#wishes[source];
    await Promise.all([
      untouched('camera') && this.set('camera', true),
      untouched('microphone') && this.set('microphone', true),
    ]);
    release?.();
  }

  /** Turns one on or off. On again opens it anew, with the preferences of now. */
  async set(source: Source, on: boolean): Promise<void> {
    const wish = ++this.#wishes[source];
    const capture = this.#captures[source];
    stopCapture(capture.value);
    if (!on || this.#disposed) {
      capture.value = OFF;
      return;
    }
    capture.value = { state: 'opening' };
    const result = await openDevice(source);
    if (wish !== this.#wishes[source] || this.#disposed) {
      stopCapture(result);
      return;
    }
    if (result.state === 'on') {
      result.track.on('ended', () => {
        if (wish === this.#wishes[source]) capture.value = lost(source);
      });
    }
    capture.value = result;
    await refreshDevices();
  }

  /** Hands the tracks over: from now on whoever called stops them. */
  take(): { readonly camera: LocalTrack | undefined; readonly microphone: LocalTrack | undefined } {
    const taken = { camera: trackOf(this.camera.value), microphone: trackOf(this.microphone.value) };
    this.#disposed = true;
    this.#wishes.camera++;
    this.#wishes.microphone++;
    return taken;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    stopCapture(this.camera.value);
    stopCapture(this.microphone.value);
  }
}

async function openDevice(source: Source): Promise<Capture> {
  try {
    const track =
      source === 'camera'
        ? await createCameraTrack(cameraOptions())
        : await createMicrophoneTrack(microphoneOptions());
    return { state: 'on', track };
  } catch (error) {
    return { state: 'failed', error: asDeviceError(error, source) };
  }
}

function asDeviceError(error: unknown, source: Source): DeviceError {
  if (error instanceof DeviceError) return error;
  return new DeviceError('captureFailed', source, `The ${source} cannot be opened.`, { cause: error });
}

function lost(source: Source): Capture {
  return {
    state: 'failed',
    error: new DeviceError('deviceNotFound', source, `The ${source} was unplugged.`),
  };
}

function trackOf(capture: Capture): LocalTrack | undefined {
  return capture.state === 'on' ? capture.track : undefined;
}

function stopCapture(capture: Capture): void {
  trackOf(capture)?.stop();
}
