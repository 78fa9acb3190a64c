import type { Random } from '../env/random.js';
import { sameIpAddress } from '../path/address-text.js';
import type { TransportAddress } from '../path/transport-address.js';
import { type Instant, NEVER } from '../time/instant.js';
import { Attribute, STUN_ATTRIBUTES } from './attributes.js';
import { CHANGE_IP, CHANGE_PORT } from './change-request.js';
import { ClientTransaction } from './client-transaction.js';
import { KnownAttributes } from './known-attributes.js';
import { MessageClass, messageType } from './message-type.js';
import { StunMessageView } from './message-view.js';
import { StunMessageWriter } from './message-writer.js';
import { Method } from './methods.js';
import type { FilteringBehaviour, MappingBehaviour, NatDiscoveryResult } from './nat-behaviour.js';
import { StunParseResult } from './parse-result.js';

export interface NatDiscoveryClientOptions {
  /** The server's primary address and port. */
  readonly server: TransportAddress;
  /** Address and port of the local socket; undefined when unknown (then `none` cannot be told from a NAT). */
  readonly localAddress: TransportAddress | undefined;
  readonly random: Random;
  /** RTO before the first retransmission. Default 500 ms. */
  readonly initialRtoMs?: number;
  /** Sends per test whose answer must come. Default 7 (RFC 8489 section 6.2.1). */
  readonly maximumSends?: number;
  /** Sends per filtering test, where silence is an answer. Default 4. */
  readonly filteringSends?: number;
  /** Initial RTOs waited after the last send of a filtering test. Default 4. */
  readonly filteringFinalWaitFactor?: number;
}

export interface NatDiscoveryClientOutput {
  sendTo(destination: TransportAddress, bytes: Uint8Array, offset: number, length: number): void;
}

/**
 * Finds mapping and filtering behaviour from one socket (RFC 5780 sections 4.3, 4.4). Filtering is tested first:
 * the mapping tests talk to the alternate address, and that opens the filter we want to see (erratum 7971).
 */
export class NatDiscoveryClient {
  readonly #options: NatDiscoveryClientOptions;
  readonly #view = new StunMessageView(new KnownAttributes(STUN_ATTRIBUTES));
  #test: Test = 'reachability';
  #destination: TransportAddress;
  #transaction: ClientTransaction | undefined;
  #mapped: TransportAddress | undefined;
  #mappedAtAlternateAddress: TransportAddress | undefined;
  #other: TransportAddress | undefined;
  #filtering: FilteringBehaviour = 'unknown';
  #result: NatDiscoveryResult | undefined;

  constructor(options: NatDiscoveryClientOptions) {
    this.#options = options;
    this.#destination = options.server;
  }

  /** What was found; undefined while tests are running. */
  get result(): NatDiscoveryResult | undefined {
    return this.#result;
  }

  /** Sends the first request. */
  start(now: Instant, output: NatDiscoveryClientOutput): void {
    if (this.#transaction === undefined) this.#begin(now, output, 'reachability', this.#options.server);
  }

  nextDeadline(): Instant {
    return this.#result === undefined && this.#transaction ? this.#transaction.nextDeadline() : NEVER;
  }

  /** Retransmits, or draws the conclusion from silence. */
  handleTimeout(now: Instant, output: NatDiscoveryClientOutput): void {
    if (this.#result !== undefined || this.#transaction === undefined) return;
    this.#transaction.handleTimeout(now, this.#towards(output));
    if (this.#transaction.outcome === 'timedOut') this.#handleSilence(now, output);
  }

  /** Takes a datagram that came to the socket from `source`. True when it belonged to a test. */
  handleDatagram(
    now: Instant,
    source: TransportAddress,
    bytes: Uint8Array,
    offset: number,
    length: number,
    output: NatDiscoveryClientOutput,
  ): boolean {
    const view = this.#view;
    if (this.#result !== undefined || this.#transaction === undefined) return false;
    if (view.parse(bytes, offset, length) !== StunParseResult.ok || !this.#transaction.isAnsweredBy(view))
      return false;
    if (view.unknownRequiredCount > 0) return true;
    this.#transaction.accept();
    if (view.messageClass === MessageClass.errorResponse) this.#handleRefusal(now, output);
    else this.#handleAnswer(now, source, output);
    return true;
  }

  #handleAnswer(now: Instant, source: TransportAddress, output: NatDiscoveryClientOutput): void {
    const view = this.#view;
    const mapped =
      view.readXorAddress(view.find(Attribute.xorMappedAddress)) ??
      view.readAddress(view.find(Attribute.mappedAddress));
    if (this.#test === 'filteringOtherAddress' || this.#test === 'filteringOtherPort') {
      this.#handleFilteringAnswer(now, source, output);
    } else if (mapped === undefined) {
      this.#handleRefusal(now, output);
    } else if (this.#test === 'reachability') {
      this.#mapped = mapped;
      this.#other = view.readAddress(view.find(Attribute.otherAddress));
      if (this.#isOtherUsable()) this.#begin(now, output, 'filteringOtherAddress', this.#options.server);
      else this.#result = { kind: 'plainServer', mappedAddress: mapped };
    } else if (this.#test === 'mappingOtherAddress') {
      this.#mappedAtAlternateAddress = mapped;
      if (isSameTransportAddress(mapped, this.#mapped!)) this.#finish('endpointIndependent');
      else this.#begin(now, output, 'mappingOtherAddressAndPort', this.#other!);
    } else {
      const isSame = isSameTransportAddress(mapped, this.#mappedAtAlternateAddress!);
      this.#finish(isSame ? 'addressDependent' : 'addressAndPortDependent');
    }
  }

  /** An answer proves something about the filter only when the server did send it from where it was told to. */
  #handleFilteringAnswer(now: Instant, source: TransportAddress, output: NatDiscoveryClientOutput): void {
    const { server } = this.#options;
    const hasOtherAddress = !sameIpAddress(source, server);
    if (source.port === server.port) this.#filtering = 'unknown';
    else if (this.#test === 'filteringOtherAddress')
      this.#filtering = hasOtherAddress ? 'endpointIndependent' : 'unknown';
    else this.#filtering = hasOtherAddress ? 'unknown' : 'addressDependent';
    this.#beginMapping(now, output);
  }

  #handleSilence(now: Instant, output: NatDiscoveryClientOutput): void {
    if (this.#test === 'reachability') {
      this.#result = { kind: 'blocked' };
    } else if (this.#test === 'filteringOtherAddress') {
      this.#begin(now, output, 'filteringOtherPort', this.#options.server);
    } else if (this.#test === 'filteringOtherPort') {
      this.#filtering = 'addressAndPortDependent';
      this.#beginMapping(now, output);
    } else {
      this.#finish('unknown');
    }
  }

  /** The server answered with an error or without an address. */
  #handleRefusal(now: Instant, output: NatDiscoveryClientOutput): void {
    if (this.#test === 'reachability') this.#result = { kind: 'blocked' };
    else if (this.#test === 'filteringOtherAddress' || this.#test === 'filteringOtherPort')
      this.#beginMapping(now, output);
    else this.#finish('unknown');
  }

  #beginMapping(now: Instant, output: NatDiscoveryClientOutput): void {
    const { localAddress, server } = this.#options;
    if (localAddress !== undefined && isSameTransportAddress(localAddress, this.#mapped!)) {
      this.#finish('none');
      return;
    }
    const alternate = { family: this.#other!.family, bytes: this.#other!.bytes, port: server.port };
    this.#begin(now, output, 'mappingOtherAddress', alternate);
  }

  #finish(mapping: MappingBehaviour): void {
    this.#result = { kind: 'discovered', mappedAddress: this.#mapped!, mapping, filtering: this.#filtering };
  }

  #begin(now: Instant, output: NatDiscoveryClientOutput, test: Test, destination: TransportAddress): void {
    const options = this.#options;
    this.#test = test;
    this.#destination = destination;
    const isFiltering = test === 'filteringOtherAddress' || test === 'filteringOtherPort';
    this.#transaction = new ClientTransaction({
      request: this.#makeRequest(test),
      transport: 'unreliable',
      initialRtoMs: options.initialRtoMs ?? 500,
      maximumSends: isFiltering ? (options.filteringSends ?? 4) : (options.maximumSends ?? 7),
      finalWaitFactor: isFiltering ? (options.filteringFinalWaitFactor ?? 4) : 16,
    });
    this.#transaction.start(now, this.#towards(output));
  }

  #makeRequest(test: Test): Uint8Array {
    const request = new Uint8Array(28);
    const transactionId = new Uint8Array(12);
    this.#options.random.fillPublic(transactionId);
    const writer = new StunMessageWriter({ buffer: request });
    writer.begin(messageType(Method.binding, MessageClass.request), transactionId, 0);
    if (test === 'filteringOtherAddress') writer.u32(Attribute.changeRequest, CHANGE_IP | CHANGE_PORT);
    if (test === 'filteringOtherPort') writer.u32(Attribute.changeRequest, CHANGE_PORT);
    return request.subarray(0, writer.length);
  }

  #towards(output: NatDiscoveryClientOutput) {
    const destination = this.#destination;
    return {
      send: (bytes: Uint8Array, offset: number, length: number) =>
        output.sendTo(destination, bytes, offset, length),
    };
  }

  /** OTHER-ADDRESS must differ in address and in port, or the tests would prove nothing. */
  #isOtherUsable(): boolean {
    const { server } = this.#options;
    const other = this.#other;
    if (other === undefined || other.family !== server.family || other.port === server.port) return false;
    return !sameIpAddress(other, server);
  }
}

type Test =
  | 'reachability'
  | 'filteringOtherAddress'
  | 'filteringOtherPort'
  | 'mappingOtherAddress'
  | 'mappingOtherAddressAndPort';

function isSameTransportAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a.port === b.port && sameIpAddress(a, b);
}
