import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { PathTable } from '@madang/core/path/path-table';
import type { TransportAddress } from '@madang/core/path/transport-address';
import type { RemoteTransportParameters, TransportParameters } from '@madang/core/sfu/media-parameters';
import type { MediaPeer, MediaServerAddress } from '../../load/peer/media-peer.js';
import { MediaPeers } from '../../load/peer/media-peers.js';
import { certificateFingerprint } from '../../crypto/certificate.js';
import { createCrypto } from '../../crypto/create-crypto.js';
import { NodeRandom } from '../../crypto/node-random.js';
import { createSelfSignedCertificate } from '../../crypto/self-signed-certificate.js';
import { createSrtpTransform } from '../../crypto/srtp/create-srtp-transform.js';
import { DgramUdpNetwork } from '../../net/dgram-udp.js';
import { NativeUdpNetwork } from '../../net/native-udp.js';
import { StreamListener } from '../../net/stream-listener.js';
import type { StreamLimits } from '../../net/stream-listener.js';
import type { UdpNetwork, UdpOpened } from '../../net/udp-network.js';
import { systemClock } from '../clock.js';
import type { MediaDropReasonName } from './media-drop-reason.js';
import { MEDIA_DROP_REASONS, MediaDropReason } from './media-drop-reason.js';
import { openMediaEndpoints } from './media-endpoints.js';
import type { MediaLimits } from './media-limits.js';
import { MEDIA_STREAM_LIMITS } from './media-limits.js';
import type { MediaTransport } from './media-transport.js';
import { MediaTransports } from './media-transports.js';

export interface MediaWorldOptions {
  readonly kind?: 'native' | 'dgram';
  readonly limits?: Partial<MediaLimits>;
  readonly streamLimits?: Partial<StreamLimits>;
}

/** An RTP or RTCP packet as the server's handler was given it. */
export interface ReceivedPacket {
  readonly transportId: number;
  readonly payload: string;
}

/** The media port of a server on the loopback, and browsers' sides to try it with. */
export class MediaWorld {
  readonly network: UdpNetwork;
  readonly peers: MediaPeers;
  readonly transports: MediaTransports;
  /** `connected 1`, `ended 1 failed ...` */
  readonly events: string[] = [];
  readonly rtp: ReceivedPacket[] = [];
  readonly rtcp: ReceivedPacket[] = [];
  batchEnds = 0;
  address!: TransportAddress;
  tcpAddress!: TransportAddress;
  readonly #peerNetwork: UdpNetwork;
  readonly #fingerprint: string;
  readonly #listener: StreamListener;
  readonly #timer: NodeJS.Timeout;
  #nextTransport = 1;

  static async open(options: MediaWorldOptions = {}): Promise<MediaWorld> {
    const world = new MediaWorld(options);
    const address: TransportAddress = { family: 4, bytes: new Uint8Array([127, 0, 0, 1]), port: 0 };
    const { udpReceiver: receiver } = world.transports;
    const opened = await new Promise<UdpOpened>((resolve) => {
      world.network.open({ address, receiver, use: 'listener' }, resolve);
    });
    assert.ok(opened.ok);
    world.address = opened.address;
    world.tcpAddress = { ...address, port: await world.#listener.listen(address) };
    return world;
  }

  private constructor(options: MediaWorldOptions) {
    const certificate = createSelfSignedCertificate({ issuedAt: new Date() });
    const endpoints = openMediaEndpoints(certificate);
    assert.ok(endpoints.ok);
    this.#fingerprint = certificateFingerprint(certificate.certificatePem);
    this.network = newNetwork(options.kind);
    this.#peerNetwork = newNetwork(options.kind);
    this.peers = new MediaPeers({ network: this.#peerNetwork });
    this.transports = new MediaTransports({
      network: this.network,
      crypto: createCrypto().crypto,
      random: new NodeRandom(),
      clock: systemClock,
      endpoints: endpoints.endpoints,
      createSrtpTransform,
      limits: options.limits ?? {},
      handler: {
        connected: ({ transportId }) => this.events.push(`connected ${transportId}`),
        ended: ({ transportId }, state, reason) =>
          this.events.push(`ended ${transportId} ${state}: ${reason}`),
        handleRtp: (_now, { transportId }, { bytes, payloadOffset, payloadLength }) =>
          this.rtp.push({ transportId, payload: textOf(bytes, payloadOffset, payloadLength) }),
        handleRtcp: (_now, { transportId }, bytes, offset, length) =>
          this.rtcp.push({ transportId, payload: textOf(bytes, offset + 8, length - 8) }),
        handleBatchEnd: () => this.batchEnds++,
      },
    });
    this.#listener = new StreamListener({
      tls: undefined,
      limits: { ...MEDIA_STREAM_LIMITS, ...options.streamLimits },
      accept: (connection) => {
        this.transports.acceptConnection(connection);
      },
    });
    this.#timer = setInterval(() => {
      this.transports.handleTimeout(systemClock.now());
    }, 20);
  }

  /** Opens a transport; answers its id. */
  openTransport(remote?: RemoteTransportParameters): number {
    const transportId = this.#nextTransport++;
    const parameters: TransportParameters = {
      transportId,
      room: 'room',
      participantId: 'participant',
      direction: 'up',
      iceUfrag: `srv${transportId}`,
      icePwd: `server-password-of-transport-${transportId}`,
      ...(remote !== undefined && { remote }),
    };
    this.transports.open(systemClock.now(), parameters);
    return transportId;
  }

  /** What the server announces for a transport. */
  serverOf(transportId: number, protocol: 'udp' | 'tcp' = 'udp'): MediaServerAddress {
    return {
      address: protocol === 'udp' ? this.address : this.tcpAddress,
      protocol,
      iceUfrag: `srv${transportId}`,
      icePwd: `server-password-of-transport-${transportId}`,
      fingerprints: [{ algorithm: 'sha-256', value: this.#fingerprint }],
    };
  }

  /** A peer with a transport, connected on both sides. */
  async connect(
    options: { dtlsRole?: 'client' | 'server'; protocol?: 'udp' | 'tcp' } = {},
  ): Promise<{ peer: MediaPeer; transportId: number; transport: MediaTransport }> {
    const peer = this.peers.create(options);
    const transportId = this.openTransport(peer.parameters);
    await peer.connect(this.serverOf(transportId, options.protocol));
    await this.until(() => this.events.includes(`connected ${transportId}`));
    return { peer, transportId, transport: this.transports.transport(transportId)! };
  }

  drops(name: MediaDropReasonName): number {
    return this.transports.drops[MediaDropReason[name]]!;
  }

  /** The names of everything that was dropped, with how often. */
  dropped(): string[] {
    return MEDIA_DROP_REASONS.flatMap((name) =>
      this.drops(name) > 0 ? [`${name} ${this.drops(name)}`] : [],
    );
  }

  async until(condition: () => boolean, timeoutMs = 5000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!condition()) {
      assert.ok(performance.now() < end, `not in time: ${String(condition)}; ${this.events.join(', ')}`);
      await sleep(5);
    }
  }

  sendRtp(from: MediaPeer | MediaTransport, sequence: number, payload: string, ssrc = 77): void {
    const length = 12 + payload.length;
    assert.ok(from.beginPacket(length));
    const header = Buffer.alloc(12);
    header.writeUInt16BE(0x8060, 0);
    header.writeUInt16BE(sequence & 0xffff, 2);
    header.writeUInt32BE(ssrc, 8);
    from.slotBytes.set(header, from.slotOffset);
    from.slotBytes.set(Buffer.from(payload), from.slotOffset + 12);
    from.sendRtp(12, length, sequence);
    this.flush();
  }

  /** A packet of an unknown payload type whose 8-byte header stands before `payload` (a multiple of 4 bytes). */
  sendRtcp(from: MediaPeer | MediaTransport, payload: string, ssrc = 77): void {
    const length = 8 + payload.length;
    assert.ok(from.beginPacket(length));
    const header = Buffer.alloc(8);
    header.writeUInt16BE(0x80cc, 0);
    header.writeUInt16BE(length / 4 - 1, 2);
    header.writeUInt32BE(ssrc, 4);
    from.slotBytes.set(header, from.slotOffset);
    from.slotBytes.set(Buffer.from(payload), from.slotOffset + 8);
    from.sendRtcp(length);
    this.flush();
  }

  /** Sends raw bytes from the 5-tuple of a peer. */
  sendRaw(from: MediaPeer, bytes: Uint8Array): void {
    from.wire!.send(bytes, 0, bytes.length);
    this.flush();
  }

  flush(): void {
    this.network.flush();
    this.#peerNetwork.flush();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.peers.stop();
    this.transports.stop();
    this.#listener.stop();
    this.network.stop();
    this.#peerNetwork.stop();
  }
}

function newNetwork(kind: 'native' | 'dgram' = 'native'): UdpNetwork {
  const paths = new PathTable({ maximumPaths: 10_000, seed: 7 });
  return kind === 'native' ? new NativeUdpNetwork({ paths }) : new DgramUdpNetwork({ paths });
}

function textOf(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString();
}
