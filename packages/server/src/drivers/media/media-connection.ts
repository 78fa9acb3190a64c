import { IceLiteAgent } from '@madang/core/ice/ice-lite-agent';
import type { IceAgentSink } from '@madang/core/ice/ice-lite-agent';
import { TokenBucket } from '@madang/core/limits/token-bucket';
import type { Crypto } from '@madang/core/env/crypto';
import type { Random } from '@madang/core/env/random';
import type { CreateSrtpTransform, SrtpTransform } from '@madang/core/env/srtp';
import type { Arrival, PathId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import { SrtpReceiver } from '@madang/core/srtp/srtp-receiver';
import { SrtpSender } from '@madang/core/srtp/srtp-sender';
import type { Instant } from '@madang/core/time/instant';
import { wipeSrtpKeys } from './dtls-srtp-keys.js';
import type { HandshakeBudget } from './handshake-budget.js';
import { MediaDtls } from './media-dtls.js';
import type { MediaDtlsHost } from './media-dtls.js';
import type { MediaDropReason } from './media-drop-reason.js';
import type { MediaEndpoints } from './media-endpoints.js';
import type { MediaLimits } from './media-limits.js';
import type { MediaTransport } from './media-transport.js';

/** What all connections of a worker share, and how they send. */
export interface MediaConnectionHost {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly endpoints: MediaEndpoints;
  readonly budget: HandshakeBudget;
  readonly createSrtpTransform: CreateSrtpTransform;
  readonly limits: MediaLimits;
  /** Makes a path this connection's; NO_PATH when it cannot be. */
  claimPath(connection: MediaConnection, arrival: Arrival): PathId;
  releasePath(path: PathId): void;
  reply(bytes: Uint8Array, offset: number, length: number): void;
  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void;
  /** The credentials before the last ICE restart are void. */
  forgetOldUfrags(connection: MediaConnection): void;
  drop(reason: MediaDropReason): void;
}

/** How a connection has ended. */
export interface MediaConnectionEnd {
  readonly state: 'failed' | 'closed';
  readonly reason: string;
}

/** The inside of one transport: ICE, DTLS and SRTP together. Its owner asks for `end` after everything it told it. */
export class MediaConnection implements IceAgentSink, MediaDtlsHost {
  readonly transport: MediaTransport;
  readonly agent: IceLiteAgent;
  /** User fragments under which checks for this connection are known. */
  readonly ufrags: string[] = [];
  /** Undefined until the keys are there. */
  receiver: SrtpReceiver | undefined;
  readonly #host: MediaConnectionHost;
  readonly #dtls: MediaDtls;
  readonly #ingressBytes: TokenBucket;
  readonly #ingressPackets: TokenBucket;
  readonly #transforms: SrtpTransform[] = [];
  #sender: SrtpSender | undefined;
  #end: MediaConnectionEnd | undefined;

  constructor(host: MediaConnectionHost, transport: MediaTransport) {
    const { limits, crypto, random } = host;
    const { iceUfrag: ufrag, icePwd: pwd } = transport.parameters;
    this.#host = host;
    this.transport = transport;
    this.agent = new IceLiteAgent({
      local: { ufrag, pwd },
      crypto,
      random,
      sink: this,
      consentSeconds: limits.consentSeconds,
      connectSeconds: limits.connectSeconds,
    });
    this.#dtls = new MediaDtls({
      endpoints: host.endpoints,
      crypto,
      budget: host.budget,
      handshakeTimeoutMilliseconds: limits.handshakeTimeoutMilliseconds,
      host: this,
    });
    this.#ingressBytes = new TokenBucket({ ratePerSecond: limits.ingressBitrateBps / 8 });
    this.#ingressPackets = new TokenBucket({ ratePerSecond: limits.ingressPacketsPerSecond });
  }

  /** Undefined while the transport lives. */
  get end(): MediaConnectionEnd | undefined {
    return this.#end;
  }

  /** Whether ICE and DTLS are done; see `connect`. */
  get isReady(): boolean {
    return this.#sender !== undefined && this.agent.selectedPath !== NO_PATH;
  }

  setRemote(now: Instant, remote: RemoteTransportParameters): void {
    this.agent.setRemote(now, { ufrag: remote.iceUfrag, pwd: remote.icePwd });
    this.#dtls.setRemote(remote);
    if (this.agent.selectedPath !== NO_PATH) this.#dtls.handlePath(now);
    this.#followDtls();
  }

  /** After what may have selected a path: begins the handshake where that is ours to do. */
  handlePathChange(now: Instant): void {
    this.transport.roundTripMs = this.agent.roundTripMs;
    if (this.agent.selectedPath === NO_PATH || this.#dtls.state !== 'waiting') return;
    this.#dtls.handlePath(now);
    this.#followDtls();
  }

  /** A DTLS datagram that came from a path of this connection. */
  handleDtls(now: Instant, path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    this.agent.noteReceived(path, length);
    this.#dtls.handleDatagram(now, bytes, offset, length);
    this.#followDtls();
  }

  /** Whether a media packet is within what this transport may send us; counts it if so. */
  admitIngress(now: Instant, length: number): boolean {
    return (
      this.#ingressPackets.has(now) && this.#ingressBytes.take(now, length) && this.#ingressPackets.take(now)
    );
  }

  /** From now on the transport can send. */
  connect(): void {
    this.transport.setSender(this.#sender);
  }

  handleTimeout(now: Instant): void {
    this.agent.handleTimeout(now);
    if (this.#end !== undefined) return;
    this.#dtls.handleTimeout(now);
    // There may have been no place for the handshake, or it has failed.
    if (this.agent.selectedPath !== NO_PATH) this.#dtls.handlePath(now);
    this.#followDtls();
  }

  /** Ends DTLS with close_notify, gives up paths and keys. */
  close(): void {
    this.#dtls.close();
    this.agent.close();
    this.transport.setPath(NO_PATH);
    this.transport.setSender(undefined);
    this.#sender = undefined;
    this.receiver = undefined;
    for (const transform of this.#transforms) transform.free();
    this.#transforms.length = 0;
  }

  retainPath(arrival: Arrival): PathId {
    return this.#host.claimPath(this, arrival);
  }

  releasePath(path: PathId): void {
    this.#host.releasePath(path);
  }

  reply(bytes: Uint8Array, offset: number, length: number): void {
    this.#host.reply(bytes, offset, length);
  }

  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    this.#host.send(path, bytes, offset, length);
  }

  selectedPathChanged(path: PathId): void {
    this.transport.setPath(path);
  }

  restartCompleted(): void {
    this.#host.forgetOldUfrags(this);
  }

  failed(reason: string): void {
    this.#end = { state: 'failed', reason };
  }

  drop(reason: number): void {
    this.#host.drop(reason as MediaDropReason);
  }

  transmitDtls(bytes: Uint8Array, offset: number, length: number): void {
    const path = this.agent.currentPath;
    if (path !== NO_PATH && this.agent.admitSend(path, length)) this.#host.send(path, bytes, offset, length);
  }

  #followDtls(): void {
    if (this.#dtls.state === 'proven' && this.#sender === undefined) this.#takeKeys();
    if (this.#end !== undefined) return;
    if (this.#dtls.state === 'failed') this.#end = { state: 'failed', reason: this.#dtls.failure };
    else if (this.#dtls.state === 'closed') this.#end = { state: 'closed', reason: 'the peer has closed' };
  }

  #takeKeys(): void {
    const keys = this.#dtls.exportKeys();
    if (keys === undefined) return;
    const outgoing = this.#host.createSrtpTransform(keys.local);
    const incoming = this.#host.createSrtpTransform(keys.remote);
    wipeSrtpKeys(keys);
    this.#transforms.push(outgoing, incoming);
    this.#sender = new SrtpSender(outgoing);
    this.receiver = new SrtpReceiver(incoming);
  }
}
