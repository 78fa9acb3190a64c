import type { MediaServerMessage } from '@madang/core/room/room-contract';
import type { RoomState } from '@madang/wire/room-state';

/** What signaling tells the media server. Must not throw; what it has to say to participants comes later, never from inside. */
export interface MediaService {
  /** A participant of a room that is not a mesh says something to the media server. */
  handleMessage(room: string, participantId: string, message: MediaServerMessage): void;
  /** People, their tracks or the topology of a room are others now; undefined: nobody is left in it. */
  roomChanged(room: string, state: RoomState | undefined): void;
}
