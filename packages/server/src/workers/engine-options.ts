import type { MediaLimits } from '../drivers/media/media-limits.js';
import type { FixedUser } from '@madang/core/turn/credentials';
import type { TurnLimits } from '@madang/core/turn/turn-options';
import type { AllocationQuota } from '../drivers/allocation-quota.js';
import type { ReservationExchange } from '../drivers/reservation-exchange.js';
import type { Certificate } from '../crypto/certificate.js';
import type { StreamLimits } from '../net/stream-listener.js';
import type { Log } from '../observe/log.js';

/** Everything one engine needs to know. Plain JSON: it crosses a process boundary. Addresses are text. */
export interface TurnEngineOptions {
  /** Which share of ports and rates is ours: engine `index` of `count`. */
  readonly shard: { readonly index: number; readonly count: number };
  readonly network: 'native' | 'portable';
  readonly realm: string;
  /** Secrets of time-limited credentials, newest first. */
  readonly secrets: readonly string[];
  readonly users: readonly FixedUser[];
  /** Hex, 32 bytes; shared by all engines. */
  readonly nonceKey: string;
  readonly listeners: readonly ListenerSpec[];
  /** PEM; without it there is neither TLS nor DTLS. */
  readonly tls?: Certificate;
  readonly relay: {
    readonly firstPort: number;
    readonly lastPort: number;
    /** By family: the local address relay sockets are bound to, and the one clients are told. */
    readonly addresses: readonly { readonly bind: string; readonly announced: string }[];
  };
  readonly peers: {
    readonly allow: readonly string[];
    readonly deny: readonly string[];
    readonly nat64Prefixes: readonly string[];
    readonly ownAddresses: readonly string[];
    readonly mediaPorts?: readonly [first: number, last: number];
  };
  readonly natDiscovery?: NatDiscoverySpec;
  readonly features: { readonly tcpRelay: 'on' | 'off'; readonly icmpReports: 'on' | 'off' };
  readonly limits: TurnEngineLimits;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
}

export interface ListenerSpec {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** Descriptor inherited from the control process; without it the engine opens the socket itself. */
  readonly fd?: number;
  /** Which of the four sockets of RFC 5780 this is: 0 (A1P1) to 3 (A2P2). */
  readonly natDiscoveryRole?: number;
}

/** The announced addresses of the sockets A1P1, A1P2, A2P1, A2P2. */
export interface NatDiscoverySpec {
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
}

export interface TurnEngineLimits extends StreamLimits {
  readonly turn: Partial<TurnLimits>;
  readonly bindingRate: SourceRates;
  /** Besides bindingRate, for requests that only NAT behaviour discovery makes (threat S3). */
  readonly natDiscoveryRate: SourceRates;
  readonly unauthenticatedRate: SourceRates;
  readonly paths: number;
  readonly dtlsHandshakesTotal: number;
  readonly dtlsHandshakesPerAddress: number;
}

/** Per second; 0 is no limit. */
export interface SourceRates {
  readonly perAddress: number;
  readonly perAddressBurst: number;
  readonly perPrefix: number;
  readonly total: number;
}

/** What a media engine is told at its start. */
export interface MediaEngineOptions {
  /** UDP for ICE, TCP for ICE-TCP: this engine's own, on its own port. */
  readonly listeners: readonly ListenerSpec[];
  /** Shown in DTLS handshakes; descriptions carry its fingerprint. */
  readonly certificate: Certificate;
  /** Of ICE-TCP connections. */
  readonly limits: StreamLimits;
  readonly transportLimits: Partial<MediaLimits>;
  /** What one subscriber is sent at most, all tracks together. */
  readonly maximumDownBps: number;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
}

/** What an engine asks of the process it runs in. */
export interface TurnEnginePorts {
  readonly quota: AllocationQuota;
  readonly reservations: ReservationExchange;
  readonly log: Log;
}
