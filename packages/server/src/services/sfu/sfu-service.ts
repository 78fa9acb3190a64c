import type { MediaReport } from '@madang/core/sfu/media-commands';
import type { MediaServerMessage } from '@madang/core/room/room-contract';
import type { RoomState } from '@madang/wire/room-state';
import type { Unnumbered } from '@madang/wire/server-messages';
import type { Log } from '../../observe/log.js';
import type { MediaService } from '../signaling/media-service.js';
import type { MediaWorkers } from './media-workers.js';

export interface SfuServiceOptions {
  readonly workers: MediaWorkers;
  /** Sends a participant a message; nothing when it has gone (`SignalingServer.tell`). */
  readonly tell: (participantId: string, message: Unnumbered) => void;
  readonly log: Log;
}

/**
 * The media server as signaling sees it: negotiates the two connections of each participant of a room in topology `sfu`
 * and tells the media worker the room is pinned to what to receive, send and prefer.
 */
export class SfuService implements MediaService {
  readonly #options: SfuServiceOptions;

  constructor(options: SfuServiceOptions) {
    this.#options = options;
  }

  handleMessage(room: string, participantId: string, message: MediaServerMessage): void {
    this.#options.log('debug', 'Not served yet', { room, participantId, type: message.type });
  }

  roomChanged(room: string, state: RoomState | undefined): void {
    this.#options.log('debug', 'Not served yet', { room, people: state?.participants.length ?? 0 });
  }

  /** A media worker reports. Must not be called from inside `MediaWorkers.command`. */
  handleReport(worker: number, report: MediaReport): void {
    this.#options.log('debug', 'Not served yet', { worker, kind: report.kind });
  }

  /** A worker has died and another one, which knows nothing, takes commands in its place: its rooms begin anew. */
  handleWorkerReplaced(worker: number): void {
    this.#options.log('debug', 'Not served yet', { worker });
  }

  /** Rooms with media, and open transports: for health and metrics. */
  figures(): { rooms: number; transports: number } {
    return { rooms: 0, transports: 0 };
  }
}
