/// <reference lib="dom" />
// Runs in the page: one participant of a call, as the SDK makes it.
import { connect, createCameraTrack, createMicrophoneTrack } from '@madang/client';
import type { ConnectionPath, RemoteParticipant, Room } from '@madang/client';
import type { MediaSummary } from './received-media.js';
import { ReceivedMedia } from './received-media.js';

/** What the driver calls, as `globalThis.call`. */
export interface CallPage {
  /** Opens camera and microphone, as a preview does; then nothing but the network is left to wait for. */
  prepare(): Promise<void>;
  /** Enters the room and sends picture and sound. */
  join(room: string, name: string): Promise<void>;
  look(): SideResult;
  /** The longest time without a picture is counted from now on. */
  beginGap(): void;
  leave(): Promise<void>;
}

/** How a call is going at one side. */
export interface SideResult {
  /** Of the connection to the other one, as the SDK says; undefined: nobody else is in the room. */
  readonly state: string | undefined;
  /** From `connect()`, or from when the other one came if that was later, to the connection. */
  readonly connectedAfterMs: number | undefined;
  /** From the same moment to the first picture of the other one. */
  readonly firstFrameAfterMs: number | undefined;
  readonly path: ConnectionPath | undefined;
  readonly roundTripMs: number | undefined;
  readonly media: MediaSummary;
}

declare global {
  var call: CallPage;
}

let room: Room | undefined;
let other: RemoteParticipant | undefined;
let beganAt = 0;
let connectedAt: number | undefined;
const media = new ReceivedMedia();
const prepared = Promise.all([createCameraTrack({ height: 480 }), createMicrophoneTrack()]);
// Whoever asks for the tracks gets the error.
prepared.catch(() => undefined);

globalThis.call = {
  async prepare() {
    await prepared;
  },

  async join(name, displayName) {
    const tracks = await prepared;
    beganAt = performance.now();
    room = await connect(location.origin, { room: name, name: displayName });
    other = room.participants[0];
    room.on('participantJoined', (participant) => {
      other = participant;
      beganAt = performance.now();
    });
    room.on('trackSubscribed', (track) => {
      media.watch(track.mediaStreamTrack);
    });
    room.on('connectionChanged', (_participant, { state }) => {
      if (state === 'connected') connectedAt ??= performance.now();
    });
    await Promise.all(tracks.map((track) => room!.localParticipant.publish(track)));
  },

  look() {
    const summary = media.summary();
    const after = (at: number | undefined) => (at === undefined ? undefined : at - beganAt);
    return {
      state: other?.connection.state,
      connectedAfterMs: after(connectedAt),
      firstFrameAfterMs: after(summary.firstFrameAtMs),
      path: other?.connection.path,
      roundTripMs: other?.connection.roundTripMs,
      media: summary,
    };
  },

  beginGap() {
    media.beginGap();
  },

  async leave() {
    await room?.leave();
  },
};
