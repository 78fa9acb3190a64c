import { DeviceError, UsageError } from '../api/errors.js';
import type { LocalTrack, LocalTrackEvents, TrackKind, TrackSource } from '../api/track.js';
import { Emitter } from '../events.js';
import { Attachments } from './attachments.js';
import { play } from './playback.js';

/** Opens a device of the track's kind: the one with this id, or the default one. @throws DeviceError */
export type OpenDevice = (deviceId: string | undefined) => Promise<MediaStreamTrack>;

/**
 * A track captured here. `stream` lives as long as the track and holds its current MediaStreamTrack, so `stream.id` is
 * the id the others know the track by, whatever device it comes from.
 *
 * Of calls that cross (off while on still asks for permission) the last one decides; the earlier one then resolves
 * without having changed anything: look at `muted`.
 */
export class CapturedTrack extends Emitter<LocalTrackEvents> implements LocalTrack {
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly stream = new MediaStream();
  readonly #open: OpenDevice | undefined;
  readonly #attachments: Attachments;
  #track: MediaStreamTrack | undefined;
  #label = '';
  #deviceId: string | undefined;
  /** Whether media shall be sent, of a device that may still have to be opened. */
  #isWanted = true;
  #isStopped = false;
  /** Grows with each change of mind, so that a device that opens too late is closed again. */
  #wish = 0;
  #enabling: Promise<void> | undefined;

  /** @param open how to open a device again; without it (screens, tracks of the application) there is only this one */
  constructor(track: MediaStreamTrack, source: TrackSource, open?: OpenDevice) {
    super();
    this.kind = track.kind === 'audio' ? 'audio' : 'video';
    this.source = source;
    this.#open = open;
    this.#attachments = new Attachments(this.kind, this.stream);
    this.#adopt(track);
  }

  /** What the others know this track by; stays the same. */
  get trackId(): string {
    return this.stream.id;
  }

  get mediaStreamTrack(): MediaStreamTrack | undefined {
    return this.#track;
  }

  get muted(): boolean {
    return !this.#isWanted || this.#track === undefined;
  }

  get deviceId(): string | undefined {
    return this.#deviceId;
  }

  /** Name of the device. Empty for all else: browsers name a screen by a number, or by a title that is nobody's business. */
  get label(): string {
    return this.#label;
  }

  /** Sound of this machine is muted in the element: it would be heard by its own microphone. */
  attach(element?: HTMLMediaElement): HTMLMediaElement {
    const attached = this.#attachments.add(element);
    attached.muted = true;
    void play(attached);
    return attached;
  }

  detach(element?: HTMLMediaElement): HTMLMediaElement[] {
    return this.#attachments.remove(element);
  }

  /**
   * Sends media (again). A device that was freed is opened again; when that one has gone, the default one.
   * @throws DeviceError @throws UsageError after `stop` or when what was captured has ended
   */
  async enable(): Promise<void> {
    this.#isWanted = true;
    if (this.#track !== undefined) {
      this.#track.enabled = true;
      return;
    }
    if (this.#enabling === undefined) {
      const enabling = this.#openAgain().finally(() => {
        if (this.#enabling === enabling) this.#enabling = undefined;
      });
      this.#enabling = enabling;
    }
    await this.#enabling;
  }

  /**
   * Sends nothing. A camera is freed; a microphone stays open unless `free` is given, so that it is there at once when
   * somebody talks.
   */
  disable(options: { free?: boolean } = {}): void {
    this.#isWanted = false;
    if (this.#track === undefined) this.#changeMind();
    else if (this.#open !== undefined && (options.free ?? this.source === 'camera')) this.#replace(undefined);
    else this.#track.enabled = false;
  }

  /**
   * Changes to another device; while the device is freed, to be used when it is enabled.
   * @throws DeviceError then everything is as before @throws UsageError when the track is not of a device
   */
  async setDevice(deviceId: string): Promise<void> {
    const open = this.#device();
    const before = this.#deviceId;
    this.#deviceId = deviceId;
    if (this.#track === undefined && !this.#isWanted) return;
    const wish = this.#changeMind();
    try {
      this.#take(wish, await open(deviceId));
    } catch (error) {
      if (wish !== this.#wish) return;
      this.#deviceId = before;
      await this.#retryAlone(open, wish, deviceId, error);
    }
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#isWanted = false;
    this.#replace(undefined);
    this.#attachments.remove();
  }

  #device(): OpenDevice {
    if (this.#open !== undefined && !this.#isStopped) return this.#open;
    const why = this.#isStopped ? 'was stopped' : 'does not come from a camera or microphone';
    throw new UsageError('invalidArgument', `This track ${why}; create another one.`);
  }

  /** Makes what is being opened now too late. */
  #changeMind(): number {
    this.#enabling = undefined;
    return ++this.#wish;
  }

  async #openAgain(): Promise<void> {
    const wish = this.#changeMind();
    try {
      const open = this.#device();
      this.#take(wish, await openOrDefault(open, this.#deviceId));
    } catch (error) {
      if (wish !== this.#wish) return;
      this.#isWanted = false;
      throw error;
    }
  }

  /** Phones open one camera at a time: the present one is closed for the next, and opened again when that fails. */
  async #retryAlone(open: OpenDevice, wish: number, deviceId: string, error: unknown): Promise<void> {
    const isBusy = error instanceof DeviceError && error.code === 'deviceBusy';
    if (this.#track === undefined) this.#isWanted = false;
    if (!isBusy || this.#track === undefined) throw error;
    const before = this.#deviceId;
    this.#track.stop();
    const next = await open(deviceId).catch(() => undefined);
    if (next !== undefined) return this.#take(wish, next);
    const previous = await openOrDefault(open, before).catch(() => undefined);
    if (previous !== undefined) this.#take(wish, previous);
    else if (wish === this.#wish) this.#end();
    throw error;
  }

  /** Uses what was opened, unless the wish was overtaken meanwhile. */
  #take(wish: number, track: MediaStreamTrack): void {
    if (wish === this.#wish) this.#replace(track);
    else track.stop();
  }

  #replace(track: MediaStreamTrack | undefined): void {
    const previous = this.#track;
    if (previous === undefined && track === undefined) {
      this.#changeMind();
      return;
    }
    this.#changeMind();
    if (previous !== undefined) {
      previous.removeEventListener('ended', this.#onEnded);
      this.stream.removeTrack(previous);
      previous.stop();
      this.#track = undefined;
    }
    if (track !== undefined) this.#adopt(track);
    this.#attachments.reload();
    this.emit('replaced', track);
  }

  #adopt(track: MediaStreamTrack): void {
    this.#track = track;
    if (this.#open !== undefined) {
      this.#label = track.label;
      this.#deviceId = track.getSettings().deviceId ?? this.#deviceId;
    }
    track.enabled = this.#isWanted;
    track.addEventListener('ended', this.#onEnded);
    this.stream.addTrack(track);
  }

  readonly #onEnded = (): void => void this.#recover();

  /** The device was unplugged, its permission withdrawn, or the person stopped sharing. */
  async #recover(): Promise<void> {
    const wasWanted = this.#isWanted;
    this.#replace(undefined);
    // A muted microphone that goes is opened again when it is wanted.
    if (this.#open === undefined) return this.#end();
    if (!wasWanted) return;
    const wish = this.#changeMind();
    const track = await this.#open(undefined).catch(() => undefined);
    if (track !== undefined) this.#take(wish, track);
    else if (wish === this.#wish) this.#end();
  }

  #end(): void {
    this.#isWanted = false;
    if (this.#track !== undefined) this.#replace(undefined);
    this.emit('ended');
  }
}

/** Makes a track of the application (of a canvas, a file) one that can be published. `stop` stops it too. */
export function wrapTrack(track: MediaStreamTrack, source: TrackSource): CapturedTrack {
  return new CapturedTrack(track, source);
}

async function openOrDefault(open: OpenDevice, deviceId: string | undefined): Promise<MediaStreamTrack> {
  try {
    return await open(deviceId);
  } catch (error) {
    const hasGone = error instanceof DeviceError && error.code === 'deviceNotFound';
    if (deviceId === undefined || !hasGone) throw error;
    return open(undefined);
  }
}
