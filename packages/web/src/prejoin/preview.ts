import { signal, type ReadonlySignal } from '@preact/signals';
import { refreshDevices } from '../settings/device-list.js';
import { openCamera, openMicrophone } from '../settings/open-devices.js';
import { DeviceError, type LocalTrack } from '../sdk.js';
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
  readonly #opening: { [Of in Source]?: Promise<LocalTrack> } = {};
  #over: 'taken' | 'disposed' | undefined;

  get camera(): ReadonlySignal<Capture> {
    return this.#captures.camera;
  }

  get microphone(): ReadonlySignal<Capture> {
    return this.#captures.microphone;
  }

  /** Opens what is wanted, with one question of the browser for both where it has to ask. */
  async open(wanted: { readonly camera: boolean; readonly microphone: boolean }): Promise<void> {
    const asked = wanted.camera && wanted.microphone ? askOnce() : undefined;
    await Promise.all([
      wanted.camera && this.set('camera', true, asked),
      wanted.microphone && this.set('microphone', true, asked),
    ]);
    (await asked)?.();
  }

  /** Turns one on or off. On again opens it anew, with the preferences of now; `after` is awaited before that. */
  async set(source: Source, on: boolean, after?: Promise<unknown>): Promise<void> {
    if (this.#over) return;
    const wish = ++this.#wishes[source];
    const capture = this.#captures[source];
    trackOf(capture.value)?.stop();
    if (!on) {
      capture.value = OFF;
      return;
    }
    capture.value = { state: 'opening' };
    const opening = openDevice(source, after);
    this.#opening[source] = opening;
    try {
      const track = await opening;
      if (this.#over === 'taken' && wish === this.#wishes[source]) return;
      if (this.#over || wish !== this.#wishes[source]) {
        track.stop();
        return;
      }
      capture.value = { state: 'on', track };
      track.on('ended', () => {
        if (wish === this.#wishes[source]) capture.value = lost(source);
      });
    } catch (error) {
      if (wish === this.#wishes[source])
        capture.value = { state: 'failed', error: asDeviceError(error, source) };
    }
    await refreshDevices();
  }

  /** Hands over what is open and what is being opened: from now on whoever called stops it. */
  take(): { readonly [Of in Source]: LocalTrack | Promise<LocalTrack> | undefined } {
    this.#over = 'taken';
    const taken = (source: Source) => {
      const capture = this.#captures[source].value;
      return capture.state === 'opening' ? this.#opening[source] : trackOf(capture);
    };
    return { camera: taken('camera'), microphone: taken('microphone') };
  }

  dispose(): void {
    if (this.#over) return;
    this.#over = 'disposed';
    trackOf(this.camera.value)?.stop();
    trackOf(this.microphone.value)?.stop();
  }
}

async function openDevice(source: Source, after: Promise<unknown> | undefined): Promise<LocalTrack> {
  await after;
  return source === 'camera' ? openCamera() : openMicrophone();
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
