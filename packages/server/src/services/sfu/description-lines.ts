import type { Codec } from '@madang/core/sfu/media-parameters';
import type { CertificateDigest, MediaEndpoints } from './media-workers.js';

/** The server's end of a connection, as its descriptions say it. */
export interface LocalTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: CertificateDigest;
  readonly endpoints: MediaEndpoints;
}

/** Origin of a description (RFC 8866 section 5.2): `version` grows with each one of a connection. */
export interface Origin {
  readonly sessionId: string;
  readonly version: number;
}

/** The lines before the first m-section: all of the transport but its candidates. */
export function sessionLines(
  { sessionId, version }: Origin,
  { iceUfrag, icePwd, fingerprint }: LocalTransport,
  setup: 'passive' | 'actpass',
  bundle: readonly string[],
): readonly string[] {
  return [
    'v=0',
    `o=- ${sessionId} ${version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${bundle.join(' ')}`,
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS *',
    'a=ice-lite',
    `a=ice-ufrag:${iceUfrag}`,
    `a=ice-pwd:${icePwd}`,
    `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`,
    `a=setup:${setup}`,
  ];
}

/** What every m-section in use has; `candidates` stand in the first one alone (RFC 9143 section 10). */
export function sectionLines(
  kind: string,
  mid: string,
  payloadTypes: readonly number[],
  candidates: readonly string[],
): readonly string[] {
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadTypes.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...candidates,
  ];
}

/** An m-section that is not used (any more). */
export function rejectedLines(
  kind: string,
  protocol: string,
  mid: string,
  formats: string,
): readonly string[] {
  const lines = [`m=${kind} 0 ${protocol} ${formats}`, 'c=IN IP4 0.0.0.0', 'a=inactive'];
  return mid === '' ? lines : [...lines, `a=mid:${mid}`];
}

/** Host candidates over UDP, and over TCP for clients to connect to (RFC 8839, RFC 6544). */
export function candidateLines({ addresses, port }: MediaEndpoints): readonly string[] {
  const lines = addresses.flatMap((address, index) => [
    `a=candidate:${2 * index + 1} 1 udp ${UDP_PRIORITY - index * STEP} ${address} ${port} typ host`,
    `a=candidate:${2 * index + 2} 1 tcp ${TCP_PRIORITY - index * STEP} ${address} ${port} typ host tcptype passive`,
  ]);
  return [...lines, 'a=end-of-candidates'];
}

/** Payload types of codecs and of their retransmissions, in order. */
export function payloadTypesOf(codecs: readonly Codec[]): readonly number[] {
  return codecs.flatMap(({ payloadType, rtxPayloadType }) =>
    rtxPayloadType === undefined ? [payloadType] : [payloadType, rtxPayloadType],
  );
}

/** rtpmap, rtcp-fb and fmtp of a codec; of red, `parameters` are made of the payload type it carries. */
export function codecLines(
  { name, payloadType, rtxPayloadType, clockRate, channels, parameters }: Codec,
  feedback: readonly string[],
): readonly string[] {
  const lines = [
    `a=rtpmap:${payloadType} ${name}/${clockRate}${channels === undefined ? '' : `/${channels}`}`,
  ];
  for (const one of feedback) lines.push(`a=rtcp-fb:${payloadType} ${one}`);
  if (parameters !== '') lines.push(`a=fmtp:${payloadType} ${parameters}`);
  if (rtxPayloadType !== undefined) {
    lines.push(`a=rtpmap:${rtxPayloadType} rtx/${clockRate}`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`);
  }
  return lines;
}

/** With the format parameters of red (RFC 2198 section 5): the codec it repeats, twice. */
export function withRedParameters<C extends Codec>(codecs: readonly C[]): readonly C[] {
  const opus = codecs.find(({ name }) => name === 'opus')?.payloadType;
  return codecs
    .filter(({ name }) => name !== 'red' || opus !== undefined)
    .map((codec) => (codec.name === 'red' ? { ...codec, parameters: `${opus}/${opus}` } : codec));
}

/** The text of a description. */
export function joinLines(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

/** RFC 8445 section 5.1.2.1: type preference 126, the rest of an address by its place in the list. */
const UDP_PRIORITY = 126 * 2 ** 24 + 65_535 * 2 ** 8 + 255;
/** RFC 6544 section 4.2: less wanted than UDP; direction preference 4 is that of passive host candidates. */
const TCP_PRIORITY = 90 * 2 ** 24 + (4 * 2 ** 13 + 8191) * 2 ** 8 + 255;
const STEP = 2 ** 8;
