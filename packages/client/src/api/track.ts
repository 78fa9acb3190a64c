import type { TrackKind, TrackSource } from '@madang/wire/room-state';
import type { EventSource } from './events.js';

export type { TrackKind, TrackSource };

/** What the room knows of a track, whether or not its media is here. */
export interface TrackPublication {
  /** Unique among its participant's tracks. */
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly muted: boolean;
  readonly label: string | undefined;
}

/** What a receiver wants of a track. */
export interface WantedMedia {
  /** Nothing is sent while true. */
  readonly paused?: boolean;
  /** The size it is shown at, in pixels of the screen; without, all there is. */
  readonly width?: number;
  readonly height?: number;
  /**
   * Video is sent whoever speaks, though more videos are in the room than one participant gets (`withheld`). Said alone,
   * the elements the track is attached to go on to decide its size.
   */
  readonly pinned?: boolean;
}

/** A track of somebody else. Its `track` is there once media can flow. */
export interface RemoteTrackPublication extends TrackPublication {
  readonly track: RemoteTrack | undefined;
  /**
   * Video that is not sent because more are in the room than one participant gets, and others have spoken since: there is
   * no `track`, and none comes before this is false. Only in topology `sfu`; see `lastN` of `connect`.
   */
  readonly withheld: boolean;
  /**
   * For applications that show a track without `attach`: says what is wanted of it. Otherwise all there is comes until it
   * is attached; then its elements decide: the largest one in sight, and two seconds after the last one video is not sent.
   * `undefined` goes back to that. Matters in topology `sfu` only.
   */
  setWanted(wanted: WantedMedia | undefined): void;
}

/** A track of this participant. */
export interface LocalTrackPublication extends TrackPublication {
  readonly track: LocalTrack;
}

/** Media that can be shown or heard. */
export interface Track {
  readonly kind: TrackKind;
  readonly source: TrackSource;
  /** The browser's track; of a local track it is another one after a change of device, none while the device is freed. */
  readonly mediaStreamTrack: MediaStreamTrack | undefined;
  /**
   * Plays the track in an element, or in a new one, and keeps playing there when the browser's track is replaced.
   * Audio that the browser does not allow to play yet is announced by the room's `audioPlaybackBlocked`.
   * In topology `sfu` video of others comes in the size it is shown at, and only while somebody can see it.
   */
  attach(element?: HTMLMediaElement): HTMLMediaElement;
  /** Stops playing in an element, or in all; answers those it was taken from. */
  detach(element?: HTMLMediaElement): HTMLMediaElement[];
}

/** Media of somebody else. */
export interface RemoteTrack extends Track {
  readonly mediaStreamTrack: MediaStreamTrack;
  readonly trackId: string;
}

export interface LocalTrackEvents {
  /** The browser's track is another one (or none): a device was changed, freed or taken again. */
  readonly replaced: readonly [mediaStreamTrack: MediaStreamTrack | undefined];
  /** The device is gone or the person stopped sharing with the browser's own button. */
  readonly ended: readonly [];
}

/** Media captured here. Made by `createCameraTrack` and the like, or by the `set…Enabled` methods of the participant. */
export interface LocalTrack extends Track, EventSource<LocalTrackEvents> {
  readonly muted: boolean;
  /** The chosen device; undefined for a screen. */
  readonly deviceId: string | undefined;
  readonly label: string;
  /** Ends the capture for good and frees the device. */
  stop(): void;
}

export interface CameraOptions {
  readonly deviceId?: string;
  /** `user` or `environment`, on phones; used when there is no `deviceId`. */
  readonly facingMode?: 'user' | 'environment';
  /** Height of the picture asked of the camera; 720 unless told. */
  readonly height?: number;
  readonly frameRate?: number;
}

export interface MicrophoneOptions {
  readonly deviceId?: string;
  /** All three are on unless told. */
  readonly echoCancellation?: boolean;
  readonly noiseSuppression?: boolean;
  readonly autoGainControl?: boolean;
}

export interface ScreenShareOptions {
  /** Also the sound of the tab or the system, where the browser offers it. */
  readonly audio?: boolean;
  /** `detail` for text (sharp), `motion` for films (fluent). */
  readonly contentHint?: 'detail' | 'motion';
}
