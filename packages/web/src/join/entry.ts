import { connect, type LocalTrack, type Room } from '../sdk.js';
import { preferences } from '../settings/preferences.js';

/** Who enters which room. */
export interface Entry {
  readonly room: string;
  readonly name: string;
  readonly token: string | undefined;
  readonly viewer: boolean;
}

/** A camera or microphone that is open, or being opened while the server is asked. */
export type TrackToBe = LocalTrack | Promise<LocalTrack> | undefined;

export interface EntryHooks {
  readonly signal: AbortSignal;
  readonly onWaiting: () => void;
  /** A device could not be opened or its track not be sent; one is in the room nevertheless. */
  readonly onTrackProblem: (error: unknown) => void;
}

/** Enters a room and publishes what is to be seen and heard there. @throws RefusedError NetworkError */
export async function enterRoom(
  entry: Entry,
  tracks: readonly TrackToBe[],
  hooks: EntryHooks,
): Promise<Room> {
  const { relayOnly, speakerId } = preferences.value;
  let room: Room;
  try {
    room = await connect(location.origin, {
      room: entry.room,
      relayOnly,
      signal: hooks.signal,
      onWaiting: hooks.onWaiting,
      ...(entry.token === undefined ? { name: entry.name } : { token: entry.token }),
      ...(entry.viewer ? { role: 'viewer' as const } : {}),
    });
  } catch (error) {
    stopTracks(tracks);
    throw error;
  }
  for (const track of tracks) void publish(room, track, hooks.onTrackProblem);
  if (speakerId !== undefined)
    room.localParticipant.setDevice('speaker', speakerId).catch(hooks.onTrackProblem);
  return room;
}

async function publish(room: Room, track: TrackToBe, onProblem: (error: unknown) => void): Promise<void> {
  if (track === undefined) return;
  let opened: LocalTrack | undefined;
  try {
    opened = await track;
    if (room.state === 'disconnected') opened.stop();
    else await room.localParticipant.publish(opened);
  } catch (error) {
    opened?.stop();
    onProblem(error);
  }
}

/** Frees the devices of tracks that are not needed, also of those that are still being opened. */
export function stopTracks(tracks: readonly TrackToBe[]): void {
  for (const track of tracks) {
    if (track === undefined) continue;
    Promise.resolve(track).then(
      (opened) => opened.stop(),
      // There is nothing to free.
      () => undefined,
    );
  }
}
