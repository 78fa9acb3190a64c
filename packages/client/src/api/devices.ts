import type { EventSource } from './events.js';

export type DeviceKind = 'camera' | 'microphone' | 'speaker';

export interface Device {
  readonly deviceId: string;
  readonly kind: DeviceKind;
  /** Empty until the person has allowed access. */
  readonly label: string;
}

export interface DevicesEvents {
  /** Something was plugged in or out, or names became known. */
  readonly changed: readonly [devices: readonly Device[]];
}

/** Cameras, microphones and speakers of this machine. One for the page: `devices`. */
export interface Devices extends EventSource<DevicesEvents> {
  /** What was there at the last look; empty before the first `refresh`. */
  readonly all: readonly Device[];
  of(kind: DeviceKind): readonly Device[];
  /** Looks again. Never asks for permission. */
  refresh(): Promise<readonly Device[]>;
  /** Whether the speaker can be chosen (`setSinkId`). */
  readonly canChooseSpeaker: boolean;
}

/** Loudness of a microphone or of somebody's voice. */
export interface LevelMeter {
  /** 0 (silence) to 1 (as loud as can be), of this moment. */
  readonly level: number;
  stop(): void;
}
