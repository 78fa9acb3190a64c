import { effect } from '@preact/signals';
import type { LocalTrackPublication, Room } from '../sdk.js';
import { cameraOptions, microphoneOptions } from '../settings/capture-options.js';
import { preferences, type Preferences } from '../settings/preferences.js';

/** Carries changed preferences into a call that goes on. Answers a function that stops. */
export function followPreferences(room: Room, onProblem: (error: unknown) => void): () => void {
  let before = preferences.peek();
  return effect(() => {
    const now = preferences.value;
    const was = before;
    before = now;
    if (now !== was) void apply(room, was, now).catch(onProblem);
  });
}

async function apply(room: Room, was: Preferences, now: Preferences): Promise<void> {
  const local = room.localParticipant;
  if (now.speakerId !== was.speakerId && now.speakerId !== undefined) {
    await local.setDevice('speaker', now.speakerId);
  }
  await chooseDevice(room, 'camera', was.cameraId, now.cameraId);
  await chooseDevice(room, 'microphone', was.microphoneId, now.microphoneId);
  if (now.cameraHeight !== was.cameraHeight) {
    await reopen(room, 'camera', () => local.setCameraEnabled(true, cameraOptions(now)));
  }
  const sameSound =
    now.noiseSuppression === was.noiseSuppression &&
    now.echoCancellation === was.echoCancellation &&
    now.autoGainControl === was.autoGainControl;
  if (!sameSound)
    await reopen(room, 'microphone', () => local.setMicrophoneEnabled(true, microphoneOptions(now)));
}

async function chooseDevice(
  room: Room,
  kind: 'camera' | 'microphone',
  was: string | undefined,
  now: string | undefined,
): Promise<void> {
  if (now === was || now === undefined) return;
  const publication = room.localParticipant.publication(kind);
  if (publication === undefined || publication.track.deviceId === now) return;
  await room.localParticipant.setDevice(kind, now);
}

/** Opens a device anew, so that other constraints count. What is off stays off and is opened so when it is turned on. */
async function reopen(room: Room, source: 'camera' | 'microphone', open: () => Promise<void>): Promise<void> {
  const publication: LocalTrackPublication | undefined = room.localParticipant.publication(source);
  if (publication === undefined) return;
  const wasOn = !publication.muted;
  await room.localParticipant.unpublish(publication);
  if (wasOn) await open();
}
