import { signal } from '@preact/signals';
import { devices, type Device, type DeviceKind } from '../sdk.js';

/** Cameras, microphones and speakers that are there now; follows what is plugged in and out. */
export const deviceList = signal<readonly Device[]>([]);

/** Begins to follow the devices; answers a function that stops. */
export function followDevices(): () => void {
  const stop = devices.on('changed', (all) => {
    deviceList.value = all;
  });
  void refreshDevices();
  return stop;
}

/** Looks again: names are told only once access was allowed. */
export async function refreshDevices(): Promise<void> {
  try {
    deviceList.value = await devices.refresh();
  } catch {
    // Without HTTPS there are no devices to be had; whoever asks for one is told so.
    deviceList.value = [];
  }
}

/** The devices of a kind that can be told apart: without access browsers give neither ids nor names. */
export function devicesOf(kind: DeviceKind): readonly Device[] {
  return deviceList.value.filter((device) => device.kind === kind && device.deviceId !== '');
}
