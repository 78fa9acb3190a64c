import { createIceMessageView } from '@madang/core/ice/ice-messages';
import type { IceCredentials } from '@madang/core/ice/ice-credentials';
import type { Crypto } from '@madang/core/env/crypto';
import type { Random } from '@madang/core/env/random';
import type { CreateSrtpTransform } from '@madang/core/env/srtp';
import type { Arrival, PathId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import { Transport } from '@madang/core/path/transport-address';
import { RtpPacketView } from '@madang/core/rtp/rtp-packet-view';
import type { RemoteTransportParameters, TransportParameters } from '@madang/core/sfu/media-parameters';
import { Attribute } from '@madang/core/stun/attributes';
import { MessageClass } from '@madang/core/stun/message-type';
import { Method } from '@madang/core/stun/methods';
import { StunParseResult } from '@madang/core/stun/parse-result';
import type { Instant } from '@madang/core/time/instant';
import { after } from '@madang/core/time/instant';
import type { StreamConnection } from '../../net/stream-connection.js';
import type { UdpNetwork, UdpReceiver } from '../../net/udp-network.js';
import type { Clock } from '../clock.js';
import { HandshakeBudget } from './handshake-budget.js';
import type { MediaConnectionEnd, MediaConnectionHost } from './media-connection.js';
import { MediaConnection } from './media-connection.js';
import { MEDIA_DROP_REASONS, MediaDropReason, SRTP_DROP_REASONS } from './media-drop-reason.js';
import type { MediaEndpoints } from './media-endpoints.js';
import type { MediaLimits } from './media-limits.js';
import { DEFAULT_MEDIA_LIMITS } from './media-limits.js';
import type { MediaStreamHandler } from './media-streams.js';
import { MediaStreams } from './media-streams.js';
import { MediaTransport } from './media-transport.js';
import type { MediaTransportHandler } from './media-transport-handler.js';

export interface MediaTransportsOptions {
  readonly network: UdpNetwork;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  /** Freed by `stop`. */
  readonly endpoints: MediaEndpoints;
  readonly createSrtpTransform: CreateSrtpTransform;
  readonly handler: MediaTransportHandler;
  readonly limits?: Partial<MediaLimits>;
}

/** Plain numbers that only grow, but for `handshakes` and `streams`. */
export interface MediaTransportsCounters {
  readonly transports: number;
  readonly handshakes: number;
  readonly streams: number;
}

/**
 * All transports of one media worker: takes what its UDP socket and its ICE-TCP connections receive apart by first byte
 * (RFC 7983), and gives each part to the transport whose path it came from. A path nobody has proven to own may send
 * STUN and nothing else, and is never learnt from anything but a check with the right password (threats I1, I4).
 */
export class MediaTransports implements MediaConnectionHost, MediaStreamHandler {
  /** Receiver of the UDP sockets of the media port. */
  readonly udpReceiver: UdpReceiver;
  /** Counts by `MEDIA_DROP_REASONS`. */
  readonly drops = new Float64Array(MEDIA_DROP_REASONS.length);
  readonly crypto: Crypto;
  readonly random: Random;
  readonly endpoints: MediaEndpoints;
  readonly createSrtpTransform: CreateSrtpTransform;
  readonly limits: MediaLimits;
  readonly budget: HandshakeBudget;
  readonly #network: UdpNetwork;
  readonly #clock: Clock;
  readonly #handler: MediaTransportHandler;
  readonly #streams: MediaStreams;
  readonly #connections = new Map<number, MediaConnection>();
  readonly #byUfrag = new Map<string, MediaConnection>();
  /** Index: PathId. */
  readonly #owners: (MediaConnection | undefined)[] = [];
  readonly #stun = createIceMessageView();
  readonly #packet = new RtpPacketView();
  /** The connection whose frame is being handled; NO_PATH while it is a datagram. */
  #streamPath: PathId = NO_PATH;
  #now: Instant;
  #turnOfNow = -1;

  constructor(options: MediaTransportsOptions) {
    this.#network = options.network;
    this.#clock = options.clock;
    this.#handler = options.handler;
    this.crypto = options.crypto;
    this.random = options.random;
    this.endpoints = options.endpoints;
    this.createSrtpTransform = options.createSrtpTransform;
    this.limits = { ...DEFAULT_MEDIA_LIMITS, ...options.limits };
    this.budget = new HandshakeBudget(this.limits.handshakesTotal);
    this.#streams = new MediaStreams({ paths: options.network.paths, handler: this });
    this.#now = options.clock.now();
    this.udpReceiver = {
      handleDatagram: (arrival, bytes, offset, length) => {
        this.#readClock();
        this.#handleDatagram(arrival, bytes, offset, length);
      },
      handleBatchEnd: () => {
        this.#handler.handleBatchEnd?.(this.#now);
      },
    };
  }

  get counters(): MediaTransportsCounters {
    return {
      transports: this.#connections.size,
      handshakes: this.budget.running,
      streams: this.#streams.count,
    };
  }

  /** Opens a transport: from now on checks with its user fragment are answered. Throws when it exists. */
  open(now: Instant, parameters: TransportParameters): void {
    const { transportId, iceUfrag, remote } = parameters;
    if (this.#connections.has(transportId) || this.#byUfrag.has(iceUfrag))
      throw new Error(`transport ${transportId} (${iceUfrag}) is opened twice`);
    const transport = new MediaTransport({
      parameters,
      network: this.#network,
      streams: this.#streams,
    });
    const connection = new MediaConnection(this, transport);
    this.#connections.set(transportId, connection);
    this.#addUfrag(connection, iceUfrag);
    if (remote !== undefined) this.setRemote(now, transportId, remote);
  }

  /** What the peer has answered. Unknown transports are ignored here and below. */
  setRemote(now: Instant, transportId: number, remote: RemoteTransportParameters): void {
    const connection = this.#connections.get(transportId);
    if (connection === undefined) return;
    connection.setRemote(now, remote);
    this.#settle(connection);
    this.#network.flush();
  }

  /** New credentials beside the ones in use, which are void once the new ones are nominated. */
  restartIce(
    now: Instant,
    transportId: number,
    local: IceCredentials,
    remote?: RemoteTransportParameters,
  ): void {
    const connection = this.#connections.get(transportId);
    if (connection === undefined) return;
    if (this.#byUfrag.has(local.ufrag)) throw new Error(`user fragment ${local.ufrag} is used twice`);
    this.#addUfrag(connection, local.ufrag);
    connection.agent.restart(now, local);
    if (remote !== undefined) this.setRemote(now, transportId, remote);
  }

  /** Ends a transport at once: nothing is sent after its close_notify. */
  close(transportId: number): void {
    const connection = this.#connections.get(transportId);
    if (connection === undefined) return;
    this.#finish(connection, { state: 'closed', reason: 'closed here' });
    this.#network.flush();
  }

  transport(transportId: number): MediaTransport | undefined {
    return this.#connections.get(transportId)?.transport;
  }

  /** Takes a connection of the ICE-TCP listener; see `MEDIA_STREAM_LIMITS`. */
  acceptConnection(connection: StreamConnection): void {
    this.#streams.add(connection);
  }

  /** Called every 50 to 250 ms: everything that has a deadline. */
  handleTimeout(now: Instant): void {
    for (const connection of this.#connections.values()) {
      connection.handleTimeout(now);
      this.#settle(connection);
    }
    this.#network.flush();
  }

  /** Ends every transport, closes the TCP connections and frees the endpoints. */
  stop(): void {
    for (const transportId of [...this.#connections.keys()]) this.close(transportId);
    this.#streams.stop();
    this.endpoints.free();
  }

  handleFrame(arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void {
    this.#now = this.#clock.now();
    this.#streamPath = arrival.path;
    this.#handleDatagram(arrival, bytes, offset, length);
    this.#handler.handleBatchEnd?.(this.#now);
    this.#streamPath = NO_PATH;
  }

  handleChunkEnd(): void {
    this.#network.flush();
  }

  handleClosed(path: PathId): void {
    this.#owners[path]?.agent.forgetPath(path);
  }

  handleCongested(): void {
    this.drop(MediaDropReason.stream_congested);
  }

  claimPath(connection: MediaConnection, arrival: Arrival): PathId {
    const owner = arrival.path === NO_PATH ? undefined : this.#owners[arrival.path];
    if (owner !== undefined && owner !== connection) {
      // Two transports cannot share a 5-tuple; one that has only been claimed, not proven, is not worth defending.
      if (arrival.transport !== Transport.udp || owner.agent.hasAnswered(arrival.path)) return NO_PATH;
      owner.agent.forgetPath(arrival.path);
    }
    const path = arrival.transport === Transport.udp ? this.#network.paths.intern(arrival) : arrival.path;
    if (path === NO_PATH) return NO_PATH;
    this.#owners[path] = connection;
    if (arrival.transport !== Transport.udp) this.#streams.authenticated(path);
    return path;
  }

  releasePath(path: PathId): void {
    this.#owners[path] = undefined;
    if (this.#network.paths.transportOf(path) === Transport.udp) this.#network.releasePath(path);
    else this.#streams.end(path);
  }

  reply(bytes: Uint8Array, offset: number, length: number): void {
    if (this.#streamPath === NO_PATH) this.#network.reply(bytes, offset, length);
    else this.#streams.send(this.#streamPath, bytes, offset, length);
  }

  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    if (this.#network.paths.transportOf(path) === Transport.udp)
      this.#network.send(path, bytes, offset, length);
    else this.#streams.send(path, bytes, offset, length);
  }

  forgetOldUfrags(connection: MediaConnection): void {
    const { localUfrag } = connection.agent;
    this.#forgetUfrags(connection);
    this.#addUfrag(connection, localUfrag);
  }

  drop(reason: MediaDropReason): void {
    this.drops[reason]!++;
  }

  #handleDatagram(arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void {
    const first = length > 0 ? bytes[offset]! : LAST_FIRST_BYTE;
    const owner = arrival.path === NO_PATH ? undefined : this.#owners[arrival.path];
    if (first >= 128 && first < 192) {
      if (owner === undefined) this.drop(MediaDropReason.unknown_path);
      else this.#handleMedia(owner, bytes, offset, length);
    } else if (first < 4) this.#handleStun(owner, arrival, bytes, offset, length);
    else if (first < 20 || first > 63) this.drop(MediaDropReason.not_media);
    else if (owner === undefined) this.drop(MediaDropReason.unknown_path);
    else {
      owner.handleDtls(this.#now, arrival.path, bytes, offset, length);
      this.#settle(owner);
    }
  }

  #handleMedia(connection: MediaConnection, bytes: Uint8Array, offset: number, length: number): void {
    const { receiver, transport } = connection;
    if (!connection.admitIngress(this.#now, length)) return this.drop(MediaDropReason.ingress_limit);
    if (receiver === undefined || !transport.isConnected) return this.drop(MediaDropReason.media_too_early);
    const second = length > 1 ? bytes[offset + 1]! : 0;
    // RFC 5761 section 4.
    if (second >= 192 && second < 224) {
      const plain = receiver.unprotectRtcp(bytes, offset, length);
      if (plain < 0) return this.drop(SRTP_DROP_REASONS[receiver.lastDrop]);
      this.#handler.handleRtcp(this.#now, transport, bytes, offset, plain);
      return;
    }
    const packet = this.#packet;
    if (!packet.parseHeader(bytes, offset, length)) return this.drop(MediaDropReason.rtp_malformed);
    const { headerLength, ssrc, sequenceNumber } = packet;
    const plain = receiver.unprotectRtp(bytes, offset, headerLength, length, ssrc, sequenceNumber);
    if (plain < 0) return this.drop(SRTP_DROP_REASONS[receiver.lastDrop]);
    const now = this.#now;
    if (packet.readPayload(plain))
      this.#handler.handleRtp(now, transport, packet, after(now, -this.#waitedMs()));
    else this.drop(MediaDropReason.rtp_malformed);
  }

  /** How long what is being handled has waited: what came in one chunk of a connection came at once. */
  #waitedMs(): number {
    return this.#streamPath === NO_PATH ? this.#network.waitedMs : 0;
  }

  #handleStun(
    owner: MediaConnection | undefined,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const view = this.#stun;
    if (view.parse(bytes, offset, length) !== StunParseResult.ok)
      return this.drop(MediaDropReason.stun_malformed);
    if (view.method !== Method.binding || view.messageClass === MessageClass.indication)
      return this.drop(MediaDropReason.stun_not_binding);
    let connection = owner;
    if (view.messageClass === MessageClass.request) {
      const username = view.readText(view.find(Attribute.username), MAXIMUM_USERNAME_BYTES) ?? '';
      connection = this.#byUfrag.get(username.slice(0, Math.max(0, username.indexOf(':'))));
      if (connection === undefined) return this.drop(MediaDropReason.ice_unknown_username);
      connection.agent.handleRequest(this.#now, view, username, arrival);
    } else if (owner === undefined) return this.drop(MediaDropReason.ice_unknown_transaction);
    else owner.agent.handleResponse(this.#now, view, arrival.path);
    connection!.handlePathChange(this.#now);
    this.#settle(connection!);
  }

  /** After everything that may have brought a transport to its beginning or its end. */
  #settle(connection: MediaConnection): void {
    if (connection.end !== undefined) this.#finish(connection, connection.end);
    else if (!connection.transport.isConnected && connection.isReady) {
      connection.connect();
      this.#handler.connected(connection.transport);
    }
  }

  #finish(connection: MediaConnection, end: MediaConnectionEnd): void {
    const { transport } = connection;
    // Whoever is called below may close the transport as well.
    if (!this.#connections.delete(transport.transportId)) return;
    this.#forgetUfrags(connection);
    connection.close();
    this.#handler.ended(transport, end.state, end.reason);
  }

  #addUfrag(connection: MediaConnection, ufrag: string): void {
    this.#byUfrag.set(ufrag, connection);
    connection.ufrags.push(ufrag);
  }

  #forgetUfrags(connection: MediaConnection): void {
    for (const ufrag of connection.ufrags.splice(0)) this.#byUfrag.delete(ufrag);
  }

  /** The time is read once per turn of the network's loop. */
  #readClock(): void {
    const turn = this.#network.counters.turns;
    if (turn === this.#turnOfNow) return;
    this.#turnOfNow = turn;
    this.#now = this.#clock.now();
  }
}

/** Both user fragments have at most 256 characters (RFC 8445 section 5.3). */
const MAXIMUM_USERNAME_BYTES = 513;
/** Of an empty datagram: no protocol begins with it. */
const LAST_FIRST_BYTE = 255;
