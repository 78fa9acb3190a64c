import { DeviceError } from '../api/errors.js';
import { wakeAudioContext } from './audio-context.js';

/** How an attempt to play ended. `interrupted`: something else was put into the element meanwhile. */
export type PlayResult = 'playing' | 'blocked' | 'interrupted';

/** Plays an element; never rejects. */
export async function play(element: HTMLMediaElement): Promise<PlayResult> {
  try {
    await element.play();
    return 'playing';
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotAllowedError' ? 'blocked' : 'interrupted';
  }
}

/**
 * Everything that is heard in a room: finds out when the browser does not let sound begin before a click, and sends it
 * to the chosen speaker.
 */
export class Playback {
  readonly #onBlocked: () => void;
  readonly #elements = new Set<HTMLMediaElement>();
  #blocked = false;
  #speakerId = '';

  /** @param onBlocked called when sound turns out to be blocked; again only after `start` was not enough */
  constructor(onBlocked: () => void) {
    this.#onBlocked = onBlocked;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** `deviceId` of the speaker; empty: the system's. */
  get speakerId(): string {
    return this.#speakerId;
  }

  /** Plays an element through the chosen speaker, from now until `remove`. */
  add(element: HTMLMediaElement): void {
    this.#elements.add(element);
    if (this.#speakerId !== '' || currentSinkOf(element) !== '') {
      // A speaker that has gone since it was chosen: the system's one will do.
      sinkTo(element, this.#speakerId).catch(() => undefined);
    }
    void this.#play(element);
  }

  remove(element: HTMLMediaElement): void {
    this.#elements.delete(element);
  }

  /** Plays what was blocked. Call from a click; `blocked` tells whether it was enough. */
  async start(): Promise<void> {
    wakeAudioContext();
    this.#blocked = false;
    await Promise.all([...this.#elements].map((element) => this.#play(element)));
  }

  /** Sends all sound to a speaker. @throws DeviceError when it is unknown or must not be used */
  async setSpeaker(deviceId: string): Promise<void> {
    const before = this.#speakerId;
    this.#speakerId = deviceId;
    try {
      // An element of our own tells whether the speaker can be had when nobody is heard yet.
      await Promise.all([new Audio(), ...this.#elements].map((element) => sinkTo(element, deviceId)));
    } catch (cause) {
      this.#speakerId = before;
      await Promise.allSettled([...this.#elements].map((element) => sinkTo(element, before)));
      throw speakerErrorOf(cause);
    }
  }

  /** Forgets every element. */
  close(): void {
    this.#elements.clear();
  }

  async #play(element: HTMLMediaElement): Promise<void> {
    if ((await play(element)) !== 'blocked' || this.#blocked || !this.#elements.has(element)) return;
    this.#blocked = true;
    this.#onBlocked();
  }
}

// Older Safari and Firefox lack both, whatever lib.dom says.
function currentSinkOf(element: HTMLMediaElement): string {
  return (element as Partial<HTMLMediaElement>).sinkId ?? '';
}

async function sinkTo(element: HTMLMediaElement, deviceId: string): Promise<void> {
  const { setSinkId } = element as Partial<HTMLMediaElement>;
  if (setSinkId === undefined) throw new DOMException('There is no setSinkId.', 'NotSupportedError');
  await setSinkId.call(element, deviceId);
}

function speakerErrorOf(cause: unknown): DeviceError {
  const name = cause instanceof DOMException ? cause.name : '';
  const report = (code: DeviceError['code'], message: string): DeviceError =>
    new DeviceError(code, 'speaker', message, { cause });
  switch (name) {
    case 'NotFoundError':
      return report('deviceNotFound', 'The speaker was not found. Plug it in or choose another one.');
    case 'NotAllowedError':
      return report('permissionDenied', 'The browser does not allow this page to use that speaker.');
    case 'NotSupportedError':
      return report('unsupported', 'This browser plays on the speaker of the system only. Choose it there.');
    default:
      return report('captureFailed', 'Changing the speaker failed. Try again, or choose another one.');
  }
}
