// What the app uses of the SDK, in one place.
import * as client from '@madang/client';
import type {
  CameraOptions,
  ConnectOptions,
  Devices,
  LevelMeter,
  LocalTrack,
  MicrophoneOptions,
  Room,
  Track,
} from '@madang/client';

export * from '@madang/client';

interface Functions {
  connect(url: string | URL, options: ConnectOptions): Promise<Room>;
  readonly devices: Devices;
  createCameraTrack(options?: CameraOptions): Promise<LocalTrack>;
  createMicrophoneTrack(options?: MicrophoneOptions): Promise<LocalTrack>;
  createLevelMeter(track: MediaStreamTrack | Track): LevelMeter;
}

export const { connect, devices, createCameraTrack, createMicrophoneTrack, createLevelMeter } =
  client as unknown as Functions;
