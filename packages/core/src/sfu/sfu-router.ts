import type { Random } from '../env/random.js';
import type { RtpPacketView } from '../rtp/rtp-packet-view.js';
import type { Instant } from '../time/instant.js';
import { DownLink } from './down-link.js';
import { EncodingDemand } from './encoding-demand.js';
import { ForwardedPacket } from './forwarded-packet.js';
import { ForwardingBatch } from './forwarding-batch.js';
import type { MediaCommand, MediaReport } from './media-commands.js';
import type { TransportParameters } from './media-parameters.js';
import { PacketWriter } from './packet-writer.js';
import { RoomTracks } from './room-tracks.js';
import type { RouterTransport } from './router-transport.js';
import { SfuCounters } from './sfu-counters.js';
import { UpLink } from './up-link.js';

export interface SfuRouterOptions {
  readonly random: Random;
  readonly report: (report: MediaReport) => void;
  /** Of one subscriber, together. */
  readonly maximumDownBps: number;
}

/** A room on this worker: its tracks, and how many connections hold it. */
interface Place {
  readonly tracks: RoomTracks;
  links: number;
}

/**
 * The SFU of one worker, without its sockets: sorts what publishers send into tracks, and sends each subscriber what it
 * wants and its path takes of them. Transports tell it what arrives; commands say who sends and gets what.
 */
export class SfuRouter {
  readonly counters = new SfuCounters();
  readonly #options: SfuRouterOptions;
  readonly #rooms = new Map<string, Place>();
  readonly #roomOf = new Map<number, string>();
  readonly #ups = new Map<number, UpLink>();
  readonly #downs = new Map<number, DownLink>();
  readonly #demand: EncodingDemand;
  readonly #batch = new ForwardingBatch();
  readonly #resent = new ForwardedPacket();
  readonly #writer = new PacketWriter();
  #demandDueAt = -Infinity as Instant;

  constructor(options: SfuRouterOptions) {
    this.#options = options;
    this.#demand = new EncodingDemand();
  }

  get transports(): number {
    return this.#ups.size + this.#downs.size;
  }

  handle(now: Instant, command: MediaCommand): void {
    switch (command.kind) {
      case 'openTransport':
        this.#open(command.transport);
        return;
      case 'closeTransport':
        this.close(command.transportId);
        return;
      case 'setReceived':
        this.#ups.get(command.transportId)?.setReceived(command.media);
        return;
      case 'setSent':
        this.#downs.get(command.transportId)?.setSent(command.media);
        return;
      case 'prefer':
        this.#downs.get(command.transportId)?.prefer(now, command.preferences);
        return;
      case 'setRemote':
      case 'restartIce':
        return;
    }
  }

  /** The transport of a link can carry media from now on. */
  connected(transport: RouterTransport): void {
    const link = this.#ups.get(transport.transportId) ?? this.#downs.get(transport.transportId);
    if (link !== undefined) link.transport = transport;
  }

  /** A transport is no more. */
  close(transportId: number): void {
    this.#ups.get(transportId)?.close();
    this.#downs.get(transportId)?.close();
    this.#ups.delete(transportId);
    this.#downs.delete(transportId);
    const room = this.#roomOf.get(transportId);
    if (room === undefined) return;
    this.#roomOf.delete(transportId);
    const place = this.#rooms.get(room)!;
    if (--place.links === 0) this.#rooms.delete(room);
  }

  /**
   * `arrivedAt`: when the packet reached this machine, maybe before `now`. It is forwarded by the next `flush`, until which
   * its bytes have to stay.
   */
  handleRtp(now: Instant, transportId: number, packet: RtpPacketView, arrivedAt: Instant): void {
    this.#ups.get(transportId)?.handleRtp(now, packet, arrivedAt);
  }

  /** After the packets of one turn: forwards what has come. */
  flush(now: Instant): void {
    this.#batch.flush(now);
  }

  handleRtcp(now: Instant, transportId: number, bytes: Uint8Array, offset: number, length: number): void {
    const link = this.#ups.get(transportId) ?? this.#downs.get(transportId);
    link?.handleRtcp(now, bytes, offset, length);
  }

  /** To be called every few milliseconds. */
  handleTimeout(now: Instant): void {
    for (const link of this.#downs.values()) link.handleTimeout(now);
    for (const link of this.#ups.values()) link.handleTimeout(now);
    if (now < this.#demandDueAt) return;
    this.#demandDueAt = (now + DEMAND_INTERVAL_MS) as Instant;
    for (const [room, { tracks }] of this.#rooms) {
      const participantIds = tracks.speaker.takeOrder(now);
      if (participantIds !== undefined) this.#options.report({ kind: 'spoken', room, participantIds });
    }
    for (const [transportId, link] of this.#ups) {
      for (const track of link.tracks) {
        const rids = this.#demand.changed(now, track);
        if (rids === undefined) continue;
        this.#options.report({ kind: 'encodingsWanted', transportId, trackId: track.trackId, rids });
      }
    }
  }

  #open({ transportId, room, direction }: TransportParameters): void {
    if (this.#roomOf.has(transportId)) return;
    const place = this.#rooms.get(room) ?? { tracks: new RoomTracks(), links: 0 };
    place.links++;
    this.#rooms.set(room, place);
    this.#roomOf.set(transportId, room);
    const { tracks } = place;
    const { counters } = this;
    const { random, maximumDownBps: maximumBps } = this.#options;
    if (direction === 'up') {
      const senderSsrc = randomSsrc(random);
      this.#ups.set(transportId, new UpLink({ tracks, batch: this.#batch, counters, senderSsrc }));
    } else {
      const writer = this.#writer;
      const link = new DownLink({ tracks, packet: this.#resent, writer, counters, random, maximumBps });
      this.#downs.set(transportId, link);
    }
  }
}

function randomSsrc(random: Random): number {
  const bytes = new Uint8Array(4);
  random.fillPublic(bytes);
  return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
}

const DEMAND_INTERVAL_MS = 200;
