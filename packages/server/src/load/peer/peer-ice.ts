import type { Crypto } from '@madang/core/env/crypto';
import type { Random } from '@madang/core/env/random';
import type { IceCredentials } from '@madang/core/ice/ice-credentials';
import { createIceMessageView } from '@madang/core/ice/ice-messages';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Attribute } from '@madang/core/stun/attributes';
import { verifyMessageIntegrity } from '@madang/core/stun/integrity';
import { MessageClass, messageType } from '@madang/core/stun/message-type';
import { StunMessageWriter } from '@madang/core/stun/message-writer';
import { Method } from '@madang/core/stun/methods';
import { StunParseResult } from '@madang/core/stun/parse-result';
import type { Instant } from '@madang/core/time/instant';
import { after, NEVER } from '@madang/core/time/instant';

export interface PeerIceOptions {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly local: IceCredentials;
  /** Sends to the server. */
  readonly send: (bytes: Uint8Array, offset: number, length: number) => void;
}

/**
 * The controlling side of ICE towards one address of a server (RFC 8445): nominates it with every check, answers the
 * server's checks, and goes on checking as browsers do.
 */
export class PeerIce {
  /** `no`: the server's checks go unanswered, as with a spoofed address. */
  answersChecks: 'yes' | 'no' = 'yes';
  /** Whether the last checks carry USE-CANDIDATE. */
  nominates: 'yes' | 'no' = 'yes';
  local: IceCredentials;
  /** The server's checks that were right. */
  checksReceived = 0;
  readonly #crypto: Crypto;
  readonly #random: Random;
  readonly #send: PeerIceOptions['send'];
  readonly #view = createIceMessageView();
  readonly #writer = new StunMessageWriter({ buffer: new Uint8Array(4096) });
  readonly #transactionId = new Uint8Array(12);
  #remote: IceCredentials = { ufrag: '', pwd: '' };
  #address: TransportAddress | undefined;
  #state: 'new' | 'checking' | 'connected' = 'new';
  #deadline: Instant = NEVER;

  constructor(options: PeerIceOptions) {
    this.#crypto = options.crypto;
    this.#random = options.random;
    this.local = options.local;
    this.#send = options.send;
  }

  get state(): 'new' | 'checking' | 'connected' {
    return this.#state;
  }

  /** Begins to check; also after the credentials or the 5-tuple have become others. */
  start(now: Instant, remote: IceCredentials, address: TransportAddress): void {
    this.#remote = remote;
    this.#address = address;
    this.#state = 'checking';
    this.#random.fillPublic(this.#transactionId);
    this.#check(now);
  }

  handleTimeout(now: Instant): void {
    if (now < this.#deadline) return;
    if (this.#state === 'connected') this.#random.fillPublic(this.#transactionId);
    this.#check(now);
  }

  stop(): void {
    this.#deadline = NEVER;
  }

  handleStun(bytes: Uint8Array, offset: number, length: number): void {
    const view = this.#view;
    if (view.parse(bytes, offset, length) !== StunParseResult.ok || view.method !== Method.binding) return;
    if (view.messageClass === MessageClass.request) this.#answer();
    else if (view.messageClass === MessageClass.successResponse && this.#isOurs()) this.#state = 'connected';
  }

  #isOurs(): boolean {
    return (
      this.#view.hasTransactionId(this.#transactionId, 0) &&
      verifyMessageIntegrity(this.#view, this.#crypto, Buffer.from(this.#remote.pwd))
    );
  }

  #check(now: Instant): void {
    const writer = this.#writer
      .begin(messageType(Method.binding, MessageClass.request), this.#transactionId, 0)
      .text(Attribute.username, `${this.#remote.ufrag}:${this.local.ufrag}`)
      .u32(Attribute.priority, HOST_PRIORITY)
      .u64(Attribute.iceControlling, 1n);
    if (this.nominates === 'yes') writer.flag(Attribute.useCandidate);
    this.#finish(this.#remote.pwd);
    this.#deadline = after(now, this.#state === 'connected' ? KEEPALIVE_MS : RETRANSMISSION_MS);
  }

  #answer(): void {
    const view = this.#view;
    const username = view.readText(view.find(Attribute.username), 513);
    const isRight = username === `${this.local.ufrag}:${this.#remote.ufrag}`;
    if (!isRight || !verifyMessageIntegrity(view, this.#crypto, Buffer.from(this.local.pwd))) return;
    this.checksReceived++;
    if (this.answersChecks === 'no' || this.#address === undefined) return;
    this.#writer
      .beginAnswer(view, MessageClass.successResponse)
      .xorAddress(Attribute.xorMappedAddress, this.#address);
    this.#finish(this.local.pwd);
  }

  #finish(password: string): void {
    const writer = this.#writer.messageIntegrity(this.#crypto, Buffer.from(password)).fingerprint();
    this.#send(writer.buffer, writer.offset, writer.length);
  }
}

/** Type preference 126, local preference 65535, component 1 (RFC 8445 section 5.1.2). */
const HOST_PRIORITY = 0x7effffff;
const KEEPALIVE_MS = 2500;
const RETRANSMISSION_MS = 100;
