import { connect, type LocalTrack, type Room, type Topology } from '../sdk.js';
import { preferences } from '../settings/preferences.js';

/** Who enters which room. */
export interface Entry {
  readonly room: string;
  readonly name: string;
  readonly token: string | undefined;
  readonly viewer: boolean;
  /** Of the room, should this entry make it. */
  readonly topology: Topology | undefined;
}

/** A camera or microphone that is open, or being opened while the server is asked. */
export type TrackToBe = LocalTrack | Promise<LocalTrack> | undefined;

export interface EntryHooks {
  readonly signal: AbortSignal;
  readonly onWaiting: () => void;
  /** Devices that could not be opened, tracks that could not be sent; one is in the room nevertheless. */
  readonly onTrackProblems: (errors: readonly unknown[]) => void;
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
      // An invitation has no name of its own; any other token's name comes before this one.
      name: entry.name,
      ...(entry.token === undefined ? {} : { token: entry.token }),
      ...(entry.viewer ? { role: 'viewer' as const } : {}),
      ...(entry.topology === undefined ? {} : { topology: entry.topology }),
    });
  } catch (error) {
    stopTracks(tracks);
    throw error;
  }
  const publishing = tracks.map((track) => publish(room, track));
  if (speakerId !== undefined) publishing.push(room.localParticipant.setDevice('speaker', speakerId));
  void Promise.allSettled(publishing).then((results) => {
    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    if (errors.length > 0) hooks.onTrackProblems(errors);
  });
  return room;
}

async function publish(room: Room, track: TrackToBe): Promise<void> {
  const opened = await track;
  if (opened === undefined) return;
  try {
    if (room.state === 'disconnected') opened.stop();
    else await room.localParticipant.publish(opened);
  } catch (error) {
    opened.stop();
    throw error;
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
