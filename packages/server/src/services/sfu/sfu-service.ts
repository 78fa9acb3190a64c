import type { MediaServerMessage } from '@madang/core/room/room-contract';
import type { MediaReport } from '@madang/core/sfu/media-commands';
import type { RoomState } from '@madang/wire/room-state';
import type { Unnumbered } from '@madang/wire/server-messages';
import type { Clock } from '../../drivers/clock.js';
import type { Log } from '../../observe/log.js';
import type { MediaService } from '../signaling/media-service.js';
import type { MediaWorkers } from './media-workers.js';
import { SfuRoom } from './sfu-room.js';
import { Transports } from './transports.js';
import type { Transport } from './transports.js';

export interface SfuServiceOptions {
  readonly workers: MediaWorkers;
  readonly clock: Clock;
  /** Most videos of cameras one participant is sent: of those who spoke last. */
  readonly lastN: number;
  /** Sends a participant a message; nothing when it has gone (`SignalingServer.tell`). Never called from inside. */
  readonly tell: (participantId: string, message: Unnumbered) => void;
  readonly log: Log;
}

/**
 * The media server as signaling sees it: negotiates the two connections of each participant of a room in topology `sfu`
 * and tells the media worker the room is pinned to what to receive, send and prefer.
 */
export class SfuService implements MediaService {
  readonly #options: SfuServiceOptions;
  readonly #transports: Transports;
  readonly #rooms = new Map<string, SfuRoom>();
  #messages: { readonly participantId: string; readonly message: Unnumbered }[] = [];

  constructor(options: SfuServiceOptions) {
    this.#options = options;
    this.#transports = new Transports(options.workers);
  }

  /** Rooms with media, and open transports: for health and metrics. */
  figures(): { rooms: number; transports: number } {
    return { rooms: this.#rooms.size, transports: this.#transports.size };
  }

  handleMessage(room: string, participantId: string, message: MediaServerMessage): void {
    this.#rooms.get(room)?.handleMessage(participantId, message);
  }

  roomChanged(name: string, state: RoomState | undefined): void {
    let room = this.#rooms.get(name);
    if (state?.topology !== 'sfu') {
      room?.close();
      this.#rooms.delete(name);
      return;
    }
    if (room === undefined) {
      room = new SfuRoom({
        name,
        transports: this.#transports,
        clock: this.#options.clock,
        lastN: this.#options.lastN,
        tell: (participantId, message) => {
          this.#tellLater(participantId, message);
        },
      });
      this.#rooms.set(name, room);
    }
    room.update(state);
  }

  /** A media worker reports. Must not be called from inside `MediaWorkers.command`. */
  handleReport(worker: number, report: MediaReport): void {
    if (report.kind === 'spoken') {
      const room = this.#rooms.get(report.room);
      if (room?.worker === worker) room.orderBySpeech(report.participantIds);
      return;
    }
    const transport = this.#transports.find(worker, report.transportId);
    if (transport === undefined) return;
    const { room, participantId } = transport;
    const participant = this.#rooms.get(room)?.participant(participantId);
    switch (report.kind) {
      case 'encodingsWanted': {
        const { trackId, rids } = report;
        this.#tellLater(participantId, { type: 'encodingsWanted', trackId, rids });
        return;
      }
      case 'transportState':
        if (report.state === 'connected') transport.isConnected = true;
        else if (report.state === 'closed') participant?.transportClosed(transport);
        else {
          this.#noteFailure(transport, report.reason);
          participant?.transportFailed(transport);
        }
        return;
      default:
        report satisfies never;
    }
  }

  /** A worker has died and another one, which knows nothing, takes commands in its place: its rooms begin anew. */
  handleWorkerReplaced(worker: number): void {
    for (const room of this.#rooms.values()) if (room.worker === worker) room.workerReplaced();
  }

  #noteFailure({ participantId, direction, isConnected }: Transport, reason = 'unknown'): void {
    const stage = isConnected ? 'after it was connected' : 'before it was connected';
    this.#options.log('info', 'A media transport failed', { participantId, direction, stage, reason });
  }

  /** Signaling is in the middle of something when it calls: what has to be said waits until that is over. */
  #tellLater(participantId: string, message: Unnumbered): void {
    this.#messages.push({ participantId, message });
    if (this.#messages.length > 1) return;
    queueMicrotask(() => {
      const messages = this.#messages;
      this.#messages = [];
      for (const one of messages) this.#tell(one.participantId, one.message);
    });
  }

  /** What throws is a defect of ours; it costs one message, not everybody's call. */
  #tell(participantId: string, message: Unnumbered): void {
    try {
      this.#options.tell(participantId, message);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log('error', 'A message of the media server was lost', { participantId, reason });
    }
  }
}
