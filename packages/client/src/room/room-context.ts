import type { RoomEvents } from '../api/room.js';
import type { Playback } from '../media/playback.js';
import type { AnsweredBody } from '../signaling/request-body.js';
import type { RoomMedia } from './room-media.js';

/** What the people of a room share: the way to the server, to each other, and to whoever listens. */
export interface RoomContext {
  readonly media: RoomMedia;
  readonly playback: Playback;
  /** @throws RefusedError NetworkError */
  request(request: AnsweredBody): Promise<void>;
  emit<Name extends keyof RoomEvents>(name: Name, ...details: RoomEvents[Name]): void;
}
