import type { RoomEvents } from '../api/room.js';
import type { Mesh } from '../mesh/mesh.js';
import type { Playback } from '../media/playback.js';
import type { RequestBody } from '../signaling/request-body.js';

/** What the people of a room share: the way to the server, to each other, and to whoever listens. */
export interface RoomContext {
  readonly mesh: Mesh;
  readonly playback: Playback;
  /** @throws RefusedError NetworkError */
  request(request: RequestBody): Promise<void>;
  emit<Name extends keyof RoomEvents>(name: Name, ...details: RoomEvents[Name]): void;
}
