import type { RemoteTrack, Room } from '../sdk.js';

/** Plays what the others say, and the sound of their screens, until the answered function is called. */
export function playRemoteAudio(room: Room, onChange: () => void): () => void {
  const playing = new Set<RemoteTrack>();
  const start = (track: RemoteTrack) => {
    if (track.kind !== 'audio' || playing.has(track)) return;
    playing.add(track);
    track.attach();
    onChange();
  };
  const stop = (track: RemoteTrack) => {
    if (playing.delete(track)) track.detach();
  };
  for (const participant of room.participants) {
    for (const { track } of participant.publications) if (track !== undefined) start(track);
  }
  const stops = [room.on('trackSubscribed', start), room.on('trackUnsubscribed', stop)];
  return () => {
    for (const end of stops) end();
    for (const track of [...playing]) stop(track);
  };
}
