import type { IceCredentials } from '@madang/core/ice/ice-credentials';
import { RtpPacketView } from '@madang/core/rtp/rtp-packet-view';
import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import { SrtpReceiver } from '@madang/core/srtp/srtp-receiver';
import { SrtpSender } from '@madang/core/srtp/srtp-sender';
import type { SrtpTransform } from '@madang/core/env/srtp';
import type { TransportAddress } from '@madang/core/path/transport-address';
import type { Instant } from '@madang/core/time/instant';
import type { DtlsSession } from '../../crypto/dtls-endpoint.js';
import { createSrtpTransform } from '../../crypto/srtp/create-srtp-transform.js';
import { exportSrtpKeys } from '../../drivers/media/dtls-srtp-keys.js';
import { hasAnnouncedCertificate } from '../../drivers/media/peer-fingerprints.js';
import type { MediaPeerShare } from './media-peers.js';
import { PeerIce } from './peer-ice.js';
import type { PeerWire } from './peer-wire.js';
import { openTcpWire, openUdpWire } from './peer-wire.js';

/** Where a media server is, and what it has announced of itself in its description. */
export interface MediaServerAddress {
  readonly address: TransportAddress;
  readonly protocol?: 'udp' | 'tcp';
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprints: RemoteTransportParameters['fingerprints'];
  /** Address to send from over UDP, its port 0 for any. */
  readonly localAddress?: TransportAddress;
}

/**
 * A browser's side of one transport: controlling ICE, DTLS in either role, SRTP. Nothing is allocated per packet, so a
 * load generator can have thousands. Made by `MediaPeers`.
 */
export class MediaPeer {
  /** Set these before `connect`. What is handed over is decrypted and lent. */
  onRtp: (packet: RtpPacketView) => void = () => undefined;
  onRtcp: (bytes: Uint8Array, offset: number, length: number) => void = () => undefined;
  /** DTLS is over: the server's close_notify, or a failure. */
  onEnd: (reason: string) => void = () => undefined;
  receivedPackets = 0;
  receivedBytes = 0;
  /** Packets that came and were not authentic, or not new. */
  refusedPackets = 0;
  readonly ice: PeerIce;
  readonly dtlsRole: 'client' | 'server';
  readonly #share: MediaPeerShare;
  readonly #packet = new RtpPacketView();
  #server: MediaServerAddress | undefined;
  #wire: PeerWire | undefined;
  #session: DtlsSession | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #overheadBytes = 0;
  readonly #transforms: SrtpTransform[] = [];
  #settled: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #failure = '';

  constructor(share: MediaPeerShare, options: { dtlsRole: 'client' | 'server'; ice: IceCredentials }) {
    this.#share = share;
    this.dtlsRole = options.dtlsRole;
    this.ice = new PeerIce({
      crypto: share.crypto,
      random: share.random,
      local: options.ice,
      send: (bytes, offset, length) => this.#wire?.send(bytes, offset, length),
    });
  }

  /** What the server is to be told of this peer. */
  get parameters(): RemoteTransportParameters {
    return {
      iceUfrag: this.ice.local.ufrag,
      icePwd: this.ice.local.pwd,
      fingerprints: [{ algorithm: 'sha-256', value: this.#share.fingerprint }],
      dtlsRole: this.dtlsRole,
    };
  }

  get isConnected(): boolean {
    return this.#sender !== undefined;
  }

  /** The 5-tuple in use. */
  get wire(): PeerWire | undefined {
    return this.#wire;
  }

  /** Resolves when media can be sent; rejects when the handshake fails. */
  async connect(server: MediaServerAddress): Promise<void> {
    this.#server = server;
    const done = new Promise<void>((resolve, reject) => {
      this.#settled = { resolve, reject };
    });
    await this.#openWire(server);
    this.#beginChecks();
    this.#share.network.flush();
    await done;
  }

  /** Goes on from another port, as behind a NAT that has forgotten the binding. */
  async rebind(): Promise<void> {
    const old = this.#wire;
    await this.#openWire(this.#server!);
    old?.close();
    this.#beginChecks();
    this.#share.network.flush();
  }

  /** ICE restart: new credentials on both sides, on the 5-tuple there is. */
  restartIce(local: IceCredentials, remote: IceCredentials): void {
    this.ice.local = local;
    this.#server = { ...this.#server!, iceUfrag: remote.ufrag, icePwd: remote.pwd };
    this.#beginChecks();
    this.#share.network.flush();
  }

  /** As `MediaTransport.beginPacket`: lends memory for a packet, not counting what SRTP adds. */
  beginPacket(capacityBytes: number): boolean {
    return this.#sender !== undefined && this.#wire!.beginSlot(capacityBytes + this.#overheadBytes);
  }

  get slotBytes(): Uint8Array {
    return this.#wire!.slotBytes;
  }

  get slotOffset(): number {
    return this.#wire!.slotOffset;
  }

  /** Protects the RTP packet in the slot and queues it: it leaves with the next flush of the network. */
  sendRtp(headerLength: number, length: number, extendedSequence: number): void {
    const wire = this.#wire!;
    wire.commitSlot(
      this.#sender!.protectRtp(wire.slotBytes, wire.slotOffset, headerLength, length, extendedSequence),
    );
  }

  sendRtcp(length: number): void {
    const wire = this.#wire!;
    wire.commitSlot(this.#sender!.protectRtcp(wire.slotBytes, wire.slotOffset, length));
  }

  dropPacket(): void {
    this.#wire?.dropSlot();
  }

  /** Called by `MediaPeers` every few milliseconds. */
  handleTimeout(now: Instant): void {
    this.ice.handleTimeout(now);
    if (this.#session?.state !== 'handshaking') return;
    this.#session.handleTimeout();
    this.#settle();
  }

  /** Ends with close_notify. */
  close(): void {
    this.#session?.close();
    this.#share.network.flush();
    this.vanish();
  }

  /** Ends without a word, as a machine whose network is gone. */
  vanish(): void {
    this.ice.stop();
    this.#session?.free();
    this.#session = undefined;
    this.#sender = undefined;
    this.#receiver = undefined;
    for (const transform of this.#transforms.splice(0)) transform.free();
    this.#wire?.close();
    this.#wire = undefined;
    this.#share.forget(this);
  }

  async #openWire(server: MediaServerAddress): Promise<void> {
    const receive = (bytes: Uint8Array, offset: number, length: number): void => {
      this.#handleDatagram(bytes, offset, length);
    };
    this.#wire =
      server.protocol === 'tcp'
        ? await openTcpWire(server.address, receive)
        : await openUdpWire(this.#share.network, server.address, receive, server.localAddress);
  }

  #beginChecks(): void {
    const { iceUfrag: ufrag, icePwd: pwd, address } = this.#server!;
    this.ice.start(this.#share.clock.now(), { ufrag, pwd }, address);
  }

  #handleDatagram(bytes: Uint8Array, offset: number, length: number): void {
    const first = length > 0 ? bytes[offset]! : LAST_FIRST_BYTE;
    if (first >= 128 && first < 192) this.#handleMedia(bytes, offset, length);
    else if (first < 4) {
      this.ice.handleStun(bytes, offset, length);
      if (this.ice.state === 'connected' && this.#session === undefined && this.#wire !== undefined)
        this.#beginHandshake();
    } else if (first >= 20 && first < 64) {
      if (this.#session === undefined && this.#wire !== undefined) this.#beginHandshake();
      this.#session?.handleDatagram(bytes, offset, length);
      this.#settle();
    }
  }

  #handleMedia(bytes: Uint8Array, offset: number, length: number): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    const second = bytes[offset + 1]!;
    if (second >= 192 && second < 224) {
      const plain = receiver.unprotectRtcp(bytes, offset, length);
      if (plain < 0) this.refusedPackets++;
      else this.onRtcp(bytes, offset, plain);
      return;
    }
    const packet = this.#packet;
    if (!packet.parseHeader(bytes, offset, length)) {
      this.refusedPackets++;
      return;
    }
    const { headerLength, ssrc, sequenceNumber } = packet;
    const plain = receiver.unprotectRtp(bytes, offset, headerLength, length, ssrc, sequenceNumber);
    if (plain < 0 || !packet.readPayload(plain)) {
      this.refusedPackets++;
      return;
    }
    this.receivedPackets++;
    this.receivedBytes += length;
    this.onRtp(packet);
  }

  #beginHandshake(): void {
    this.#session = this.#share.endpoints[this.dtlsRole].createSession({
      transmit: (bytes, offset, length) => this.#wire?.send(bytes, offset, length),
      plaintext: () => undefined,
    });
    if (this.dtlsRole === 'client') this.#session.connect();
  }

  #settle(): void {
    const session = this.#session;
    if (session === undefined || session.state === 'handshaking') return;
    if (session.state === 'established') {
      if (this.#sender === undefined && this.#failure === '') this.#takeKeys(session);
      return;
    }
    this.#end(session.state === 'closed' ? 'the server has closed' : session.failure);
  }

  #takeKeys(session: DtlsSession): void {
    if (!hasAnnouncedCertificate(session, this.#server!.fingerprints, this.#share.crypto)) {
      this.#end('the certificate is not the announced one');
      return;
    }
    const keys = exportSrtpKeys(session, this.dtlsRole);
    if (keys === undefined) {
      this.#end('no SRTP profile was agreed on');
      return;
    }
    const outgoing = createSrtpTransform(keys.local);
    const incoming = createSrtpTransform(keys.remote);
    this.#transforms.push(outgoing, incoming);
    this.#sender = new SrtpSender(outgoing);
    this.#receiver = new SrtpReceiver(incoming);
    this.#overheadBytes = Math.max(outgoing.rtpOverheadBytes, outgoing.rtcpOverheadBytes);
    this.#settled?.resolve();
  }

  #end(reason: string): void {
    this.#failure = reason;
    this.#sender = undefined;
    this.#receiver = undefined;
    this.#settled?.reject(new Error(reason));
    this.onEnd(reason);
  }
}

/** Of an empty datagram: no protocol begins with it. */
const LAST_FIRST_BYTE = 255;
