import type { Role } from '@madang/wire/room-state';
import type { ConnectionStatistics } from './connection.js';
import type {
  CameraOptions,
  LocalTrack,
  LocalTrackPublication,
  MicrophoneOptions,
  RemoteTrackPublication,
  ScreenShareOptions,
  TrackSource,
} from './track.js';

export type { Role };

/** What is known of everybody in the room. */
export interface Participant {
  readonly participantId: string;
  readonly name: string;
  readonly role: Role;
  readonly handRaised: boolean;
  /** Whether this one is heard right now. */
  readonly speaking: boolean;
  /** Loudness of the last moment, 0 to 1. */
  readonly audioLevel: number;
}

/** Somebody else. */
export interface RemoteParticipant extends Participant {
  readonly isLocal: false;
  readonly publications: readonly RemoteTrackPublication[];
  /** The first publication of a source. */
  publication(source: TrackSource): RemoteTrackPublication | undefined;
  /** Renewed each second. */
  readonly connection: ConnectionStatistics;
  /** 0 to 1: how loud this one is played here. */
  setVolume(volume: number): void;
}

/** This client. */
export interface LocalParticipant extends Participant {
  readonly isLocal: true;
  readonly publications: readonly LocalTrackPublication[];
  publication(source: TrackSource): LocalTrackPublication | undefined;
  readonly cameraEnabled: boolean;
  readonly microphoneEnabled: boolean;
  readonly screenShareEnabled: boolean;
  /**
   * Turns the camera on or off. Off frees the device (its light goes out) and keeps the connections as they are, so that
   * on again needs no negotiation.
   * @throws DeviceError @throws UsageError `viewerCannotPublish`
   */
  setCameraEnabled(enabled: boolean, options?: CameraOptions): Promise<void>;
  /** Turns the microphone on or off. Off sends nothing; the device stays open for push-to-talk unless `free` is given. */
  setMicrophoneEnabled(enabled: boolean, options?: MicrophoneOptions & { free?: boolean }): Promise<void>;
  /** Starts or ends sharing a screen, a window or a tab. Must be called from a person's action. */
  setScreenShareEnabled(enabled: boolean, options?: ScreenShareOptions): Promise<void>;
  /** Changes camera, microphone or speaker while everything goes on (`replaceTrack`, `setSinkId`). */
  setDevice(kind: 'camera' | 'microphone' | 'speaker', deviceId: string): Promise<void>;
  /** Publishes a track made before (a preview) or a track of one's own (a canvas, a file). */
  publish(
    track: LocalTrack | MediaStreamTrack,
    options?: { source?: TrackSource },
  ): Promise<LocalTrackPublication>;
  unpublish(publication: LocalTrackPublication): Promise<void>;
  setHandRaised(raised: boolean): Promise<void>;
}
