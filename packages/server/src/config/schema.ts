// @data-table
// Every setting of `madang serve`, once. Parsing, --help and docs/configuration.md follow from this table.
import { STUN_BINDING_LIMITS, UNAUTHENTICATED_REPLY_LIMITS } from '@madang/core/limits/source-limiter';
import type { IpAddress } from '@madang/core/path/address-text';
import type { Cidr } from '@madang/core/policy/cidr';
import { address, cidr, list, nat64Prefix, portRange, turnUser } from './network-kinds.js';
import type { TurnUser } from './network-kinds.js';
import { choice, flag, integer, orWord, path, port, text } from './scalar-kinds.js';
import type { ValueKind } from './value-kind.js';

export interface Option<T> {
  readonly kind: ValueKind<T>;
  readonly default: T;
  /** What the default means, where its value does not say it: 'all interfaces'. */
  readonly defaultText?: string;
  readonly description: string;
  /** Unit of a number, where its name does not say it. */
  readonly unit?: string;
  /** Name on the command line, without hyphens in front; the key in kebab-case when not given. */
  readonly option?: string;
  /** The value is never shown. */
  readonly isSecret?: true;
}

/** Lets the compiler infer one value type from kind and default. */
function option<T>(definition: Option<T>): Option<T> {
  return definition;
}

const none: readonly never[] = [];

/** The settings by group, in the order of help and documentation. The property name is the key of the configuration file. */
export const OPTION_GROUPS = {
  'Addresses and ports': {
    host: option<readonly IpAddress[]>({
      kind: list(address()),
      default: none,
      defaultText: 'all interfaces',
      description: 'Addresses to listen on.',
    }),
    publicAddress: option<readonly IpAddress[]>({
      kind: list(address()),
      default: none,
      defaultText: 'detected',
      description:
        'Addresses clients are told, where they are not those of the interfaces (behind a 1:1 NAT).',
    }),
    httpPort: option({
      kind: port(),
      default: 8080,
      description: 'HTTP: health, metrics, app and API.',
    }),
    httpsPort: option<number | 'off'>({
      kind: orWord(port(), 'off'),
      default: 'off',
      description: 'The same over TLS.',
    }),
    turnPort: option({
      kind: port(),
      default: 3478,
      description: 'STUN and TURN over UDP and TCP.',
    }),
    turnTlsPort: option<number | 'off'>({
      kind: orWord(port(), 'off'),
      default: 5349,
      description: 'STUN and TURN over TLS and DTLS.',
    }),
    turnAlternateAddress: option<IpAddress | 'off'>({
      kind: orWord(address(), 'off'),
      default: 'off',
      description: 'A second address of this machine: switches NAT behaviour discovery (RFC 5780) on.',
    }),
    turnAlternatePort: option({
      kind: integer({ least: 1, most: 65535 }, 'PORT'),
      default: 3479,
      description: 'The second port of NAT behaviour discovery; used with turnAlternateAddress only.',
    }),
    relayPorts: option({
      kind: portRange(),
      default: { first: 49152, last: 65535 },
      description: 'Ports of relayed addresses.',
    }),
    mediaPort: option<number | 'off'>({
      kind: orWord(port(), 'off'),
      default: 40000,
      description:
        'First port of the media server (SFU), UDP and TCP: worker i uses mediaPort + i. TURN clients may reach these ports of this machine.',
    }),
  },
  'Certificates and files': {
    tlsCert: option({
      kind: orWord(path('FILE'), 'auto'),
      default: 'auto',
      defaultText: 'self-signed, kept in the data folder',
      description: 'Certificate chain, PEM. Read again when it changes.',
    }),
    tlsKey: option({
      kind: orWord(path('FILE'), 'auto'),
      default: 'auto',
      defaultText: 'with tlsCert',
      description: 'Private key of tlsCert, PEM.',
    }),
    dataDir: option({
      kind: path('FOLDER'),
      default: './data',
      description: 'Keys and secrets, readable by the owner only.',
    }),
  },
  'TURN users and peers': {
    realm: option({
      // RFC 8489 section 14.9: REALM has less than 128 characters.
      kind: text({ placeholder: 'REALM', range: 'text of 1 to 127 bytes', least: 1, most: 127 }),
      default: 'madang',
      description: 'Realm of the long-term credentials.',
    }),
    turnUsers: option<readonly TurnUser[]>({
      kind: list(turnUser()),
      default: none,
      defaultText: 'none',
      option: 'turn-user',
      isSecret: true,
      description:
        'Credentials besides the time-limited ones, for tools. The command line is visible to other users of this machine; ' +
        'a password with a comma has to stand in the configuration file.',
    }),
    credentialTtlSeconds: option({
      kind: integer({ least: 60, most: 86400 }),
      default: 3600,
      unit: 's',
      description: 'How long time-limited credentials are valid.',
    }),
    allowPeers: option<readonly Cidr[]>({
      kind: list(cidr()),
      default: none,
      defaultText: 'none',
      description:
        'Loopback, private and documentation ranges TURN may relay to, and addresses of this machine. ' +
        'Everything else of no use on the Internet stays closed.',
    }),
    denyPeers: option<readonly Cidr[]>({
      kind: list(cidr()),
      default: none,
      defaultText: 'none',
      description: 'Ranges TURN never relays to, whatever allowPeers says.',
    }),
    nat64Prefixes: option<readonly Cidr[]>({
      kind: list(nat64Prefix()),
      default: none,
      defaultText: 'none',
      description:
        'Prefixes of translators in this network, besides 64:ff9b::/96: peers behind them are judged by the IPv4 address inside.',
    }),
    tcpRelay: option({
      kind: flag(),
      default: false,
      description: 'TCP relaying (RFC 6062).',
    }),
    icmpReports: option({
      kind: flag(),
      default: false,
      description: 'Tells clients of ICMP errors their peers caused (RFC 8656 section 11.5).',
    }),
    open: option({
      kind: flag(),
      default: false,
      defaultText: 'on when listening on loopback only',
      description: 'Anybody may join rooms under any name and ask for TURN credentials over HTTP.',
    }),
    requireToken: option({
      kind: flag(),
      default: false,
      defaultText: 'on unless listening on loopback only',
      description: 'Only who has an access token may.',
    }),
  },
  Signaling: {
    allowedOrigins: option<readonly string[]>({
      kind: list(text({ placeholder: 'ORIGIN', range: 'https://calls.example', least: 8, most: 300 })),
      default: none,
      defaultText: 'none',
      description:
        'Sites whose pages may connect to /signal, besides those this server serves; whole origins, without a path.',
    }),
    trustedProxies: option<readonly Cidr[]>({
      kind: list(cidr()),
      default: none,
      defaultText: 'none',
      description:
        'Reverse proxies in front of this server. What they say in X-Forwarded-For counts where limits are per address.',
    }),
    participantsPerRoom: option({
      kind: integer({ least: 1, most: 1000 }),
      default: 100,
      description: 'Participants of a room at a time, those in its lobby among them.',
    }),
    roomsTotal: option({
      kind: integer({ least: 1, most: 1_000_000 }),
      default: 10_000,
      description: 'Rooms at a time.',
    }),
    connectionsPerAddress: option({
      kind: integer({ least: 0, most: 1_000_000, zeroMeans: 'no limit' }),
      default: 200,
      description: 'Signaling connections one address (IPv6: /64) has at a time.',
    }),
    connectionsPerSecond: rate(20, 'New signaling connections of one address (IPv6: /64).'),
    joinsPerSecondPerRoom: rate(100, 'Joins of one room.'),
    overloadLagMs: option({
      kind: integer({ least: 0, most: 60_000, zeroMeans: 'everybody is let in' }),
      default: 250,
      unit: 'ms',
      description: 'Nobody new is let in while this process is later than that; who is in goes on.',
    }),
    newRoomsPerMinute: option({
      kind: integer({ least: 0, most: 1_000_000, zeroMeans: 'no limit' }),
      default: 10,
      unit: '1/min',
      description: 'Rooms one address (IPv6: /64) may open.',
    }),
  },
  'Media limits': {
    mediaIngressBitrateBps: option({
      kind: integer({ least: 0, most: 100_000_000_000, zeroMeans: 'no limit' }),
      default: 8_000_000,
      unit: 'bit/s',
      description:
        'What one participant may send the media server, all its tracks together; more is dropped.',
    }),
    mediaIngressPacketsPerSecond: rate(2000, 'Packets one participant may send the media server.'),
    mediaEgressBitrateBps: option({
      kind: integer({ least: 100_000, most: 1_000_000_000 }),
      default: 10_000_000,
      unit: 'bit/s',
      description: 'What the media server sends one participant at most, whatever its network could take.',
    }),
    mediaLastN: option({
      kind: integer({ least: 1, most: 36 }),
      default: 25,
      description:
        'Videos of cameras one participant is sent at most, of those who spoke last; screens and what is pinned or shown large come besides.',
    }),
    mediaConsentSeconds: option({
      kind: integer({ least: 10, most: 30 }),
      default: 15,
      unit: 's',
      description:
        'A participant that answers no check of the media server for so long is sent nothing more.',
    }),
    mediaHandshakesTotal: option({
      kind: integer({ least: 1, most: 65_535 }),
      default: 256,
      description: 'DTLS handshakes with the media server running at a time, in each worker.',
    }),
  },
  'TURN limits': {
    allocationsPerUser: option({
      kind: integer({ least: 0, most: 65535, zeroMeans: 'no limit' }),
      default: 12,
      description: 'Allocations one user has at a time.',
    }),
    allocationsPerAddress: option({
      kind: integer({ least: 0, most: 65535, zeroMeans: 'no limit' }),
      default: 100,
      description: 'Allocations one client address (IPv6: /64) has at a time.',
    }),
    allocationsTotal: option({
      kind: integer({ least: 0, most: 65535, zeroMeans: '80 % of the relay ports' }),
      default: 0,
      defaultText: '80 % of the relay ports',
      description: 'Allocations there are at a time.',
    }),
    permissionsPerAllocation: option({
      kind: integer({ least: 1, most: 65535 }),
      default: 256,
      description: 'Permissions one allocation has at a time.',
    }),
    channelsPerAllocation: option({
      // RFC 8656 section 12: channel numbers are 0x4000 to 0x4FFF.
      kind: integer({ least: 1, most: 4096 }),
      default: 256,
      description: 'Channels one allocation has at a time.',
    }),
    maxBitrateBps: option({
      kind: integer({ least: 0, most: 100_000_000_000, zeroMeans: 'no limit' }),
      default: 10_000_000,
      unit: 'bit/s',
      description: 'What one allocation may relay, in each direction.',
    }),
    allocationLifetimeSeconds: option({
      kind: integer({ least: 60, most: 86400 }),
      default: 600,
      unit: 's',
      description: 'Lifetime of an allocation whose client asks for none.',
    }),
    maxAllocationLifetimeSeconds: option({
      kind: integer({ least: 60, most: 86400 }),
      default: 3600,
      unit: 's',
      description: 'The longest lifetime a client is given.',
    }),
  },
  'Connection limits': {
    tcpUnauthenticatedSeconds: option({
      kind: integer({ least: 1, most: 3600 }),
      default: 10,
      unit: 's',
      description: 'How long a TCP or TLS connection may wait before it authenticates.',
    }),
    halfOpenPerAddress: option({
      kind: integer({ least: 0, most: 65535, zeroMeans: 'no limit' }),
      default: 64,
      description: 'TCP and TLS connections of one address (IPv6: /64) that have not authenticated.',
    }),
    halfOpenTotal: option({
      kind: integer({ least: 0, most: 1_000_000, zeroMeans: 'no limit' }),
      default: 1024,
      description: 'TCP and TLS connections that have not authenticated, in all.',
    }),
    streamWriteBufferBytes: option({
      kind: integer({ least: 16_384, most: 67_108_864 }),
      default: 262_144,
      unit: 'bytes',
      description: 'What may wait to be sent on one TCP or TLS connection; datagrams above it are dropped.',
    }),
    dtlsHandshakesTotal: option({
      kind: integer({ least: 0, most: 65535, zeroMeans: 'no limit' }),
      default: 256,
      description: 'DTLS handshakes under way, in all.',
    }),
    dtlsHandshakesPerAddress: option({
      kind: integer({ least: 0, most: 65535, zeroMeans: 'no limit' }),
      default: 8,
      description: 'DTLS handshakes of one address under way.',
    }),
    receiveBufferBytes: option({
      kind: integer({ least: 0, most: 1_073_741_824, zeroMeans: "the system's default" }),
      default: 4_194_304,
      unit: 'bytes',
      description: 'Receive buffer asked for UDP sockets; the kernel may give less.',
    }),
    sendBufferBytes: option({
      kind: integer({ least: 0, most: 1_073_741_824, zeroMeans: "the system's default" }),
      default: 4_194_304,
      unit: 'bytes',
      description: 'Send buffer asked for UDP sockets; the kernel may give less.',
    }),
  },
  'Rate limits': {
    stunRatePerAddress: rate(
      STUN_BINDING_LIMITS.perAddress.ratePerSecond,
      'STUN Binding requests answered to one address.',
    ),
    stunBurstPerAddress: burst(STUN_BINDING_LIMITS.perAddress.burst, 'The same at once, after a rest.'),
    stunRatePerPrefix: rate(
      STUN_BINDING_LIMITS.perPrefix.ratePerSecond,
      'STUN Binding requests answered to one IPv4 /24 or IPv6 /56.',
    ),
    stunRateTotal: rate(STUN_BINDING_LIMITS.total.ratePerSecond, 'STUN Binding requests answered, in all.'),
    natDiscoveryRatePerAddress: rate(
      5,
      'Requests of NAT behaviour discovery (RFC 5780) answered to one address: their answers are larger.',
    ),
    natDiscoveryBurstPerAddress: burst(20, 'The same at once, after a rest.'),
    unauthenticatedReplyRatePerAddress: rate(
      UNAUTHENTICATED_REPLY_LIMITS.perAddress.ratePerSecond,
      'TURN error replies to one address that has not authenticated.',
    ),
    unauthenticatedReplyBurstPerAddress: burst(
      UNAUTHENTICATED_REPLY_LIMITS.perAddress.burst,
      'The same at once, after a rest.',
    ),
    unauthenticatedReplyRatePerPrefix: rate(
      UNAUTHENTICATED_REPLY_LIMITS.perPrefix.ratePerSecond,
      'TURN error replies to one IPv4 /24 or IPv6 /56 that has not authenticated.',
    ),
    unauthenticatedReplyRateTotal: rate(
      UNAUTHENTICATED_REPLY_LIMITS.total.ratePerSecond,
      'TURN error replies to clients that have not authenticated, in all.',
    ),
  },
  Process: {
    workers: option<number | 'auto'>({
      kind: orWord(integer({ least: 0, most: 256, zeroMeans: 'everything in one process' }), 'auto'),
      default: 'auto',
      defaultText: 'auto: number of cores',
      description: 'Worker processes.',
    }),
    noNative: option({
      kind: flag(),
      default: false,
      description:
        "Uses Node's own sockets and ciphers instead of the kernel's and OpenSSL's through FFI: slower, runs anywhere.",
    }),
    drainSeconds: option({
      kind: integer({ least: 0, most: 86400 }),
      default: 60,
      unit: 's',
      description: 'How long allocations are served on after SIGTERM.',
    }),
    orphanSeconds: option({
      kind: integer({ least: 0, most: 86400, zeroMeans: 'they end with it' }),
      default: 120,
      unit: 's',
      description:
        'How long workers relay on when the control process has died, for the next one with the same dataDir to take them over.',
    }),
    log: option<'pretty' | 'json' | 'auto'>({
      kind: choice('pretty', 'json', 'auto'),
      default: 'auto',
      defaultText: 'auto: pretty on a terminal',
      description:
        'Form of the log on standard error. With json, one line with event "ready" goes to standard output.',
    }),
    logLevel: option<'error' | 'warn' | 'info' | 'debug'>({
      kind: choice('error', 'warn', 'info', 'debug'),
      default: 'info',
      description: 'The least important lines to log. Addresses are shortened except at debug.',
    }),
    metricsToken: option<string | 'off'>({
      kind: orWord(text({ placeholder: 'TOKEN', range: '16 to 256 bytes', least: 16, most: 256 }), 'off'),
      default: 'off',
      isSecret: true,
      description: 'Bearer token that GET /metrics asks for.',
    }),
  },
} as const;

function rate(value: number, description: string): Option<number> {
  const kind = integer({ least: 0, most: 10_000_000, zeroMeans: 'no limit' });
  return { kind, default: value, unit: '1/s', description };
}

function burst(value: number, description: string): Option<number> {
  return { kind: integer({ least: 1, most: 10_000_000 }), default: value, description };
}
