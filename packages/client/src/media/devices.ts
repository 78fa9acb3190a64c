import type { Device, DeviceKind, Devices, DevicesEvents } from '../api/devices.js';
import { Emitter } from '../events.js';

const KINDS: Readonly<Record<MediaDeviceKind, DeviceKind>> = {
  videoinput: 'camera',
  audioinput: 'microphone',
  audiooutput: 'speaker',
};

class DeviceList extends Emitter<DevicesEvents> implements Devices {
  #all: readonly Device[] = [];
  #isWatching = false;
  /** Grows with each look, so that an answer that comes late does not replace a newer one. */
  #look = 0;

  get all(): readonly Device[] {
    return this.#all;
  }

  of(kind: DeviceKind): readonly Device[] {
    return this.#all.filter((device) => device.kind === kind);
  }

  get canChooseSpeaker(): boolean {
    return typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;
  }

  async refresh(): Promise<readonly Device[]> {
    // Missing in pages over plain http: there are no devices to see then.
    const mediaDevices = navigator.mediaDevices as MediaDevices | undefined;
    if (mediaDevices === undefined) return this.#all;
    this.#watch(mediaDevices);
    const look = ++this.#look;
    const found = await mediaDevices.enumerateDevices().catch(() => undefined);
    if (found === undefined || look !== this.#look) return this.#all;
    const all = found.filter(({ deviceId }) => deviceId !== 'communications').map(deviceOf);
    if (!areSame(all, this.#all)) {
      this.#all = all;
      this.emit('changed', all);
    }
    return this.#all;
  }

  /** Begun with the first look and not at import, so that the module can be loaded where there is no browser. */
  #watch(mediaDevices: MediaDevices): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    mediaDevices.addEventListener('devicechange', () => void this.refresh());
  }
}

/** The cameras, microphones and speakers of this machine. */
export const devices: Devices = new DeviceList();

function deviceOf({ deviceId, kind, label }: MediaDeviceInfo): Device {
  return { deviceId, kind: KINDS[kind], label };
}

function areSame(a: readonly Device[], b: readonly Device[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ deviceId, kind, label }, i) => {
      const other = b[i] as Device;
      return deviceId === other.deviceId && kind === other.kind && label === other.label;
    })
  );
}
