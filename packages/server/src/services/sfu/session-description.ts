import { parse } from 'sdp-transform';
import type { MediaDescription, SessionDescription } from 'sdp-transform';
import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';

/** A description, or why it cannot be used: in words, for developers, without anything the peer wrote. */
export type Read<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly reason: string };

export interface DescriptionLimits {
  /** UTF-16 units. */
  readonly length: number;
  readonly sections: number;
}

/** What of a description concerns the media server. Texts are as the peer wrote them, cut to sane characters and lengths. */
export interface Description {
  /** Of the origin (`o=`): another one means another RTCPeerConnection. */
  readonly sessionId: string;
  /** Identification tags of the BUNDLE group (RFC 9143), in its order; none without such a group. */
  readonly bundle: readonly string[];
  readonly sections: readonly Section[];
}

export interface Section {
  /** '' only where a disabled m-section has none. */
  readonly mid: string;
  readonly type: 'audio' | 'video' | 'application';
  readonly protocol: typeof RTP_PROTOCOL | typeof DATA_PROTOCOL;
  /** Port 0 without `bundle-only` (RFC 9143 section 6). */
  readonly isDisabled: boolean;
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  readonly hasRtcpMux: boolean;
  /** As far as written here or for the whole session. */
  readonly transport: SectionTransport;
  /** Stream ids of `a=msid`. */
  readonly streams: readonly string[];
  /** As in the m-line. */
  readonly formats: string;
  /** All the rest, as parsed: any value may be missing or of another type than it should be. */
  readonly parsed: MediaDescription;
}

export interface SectionTransport {
  readonly iceUfrag: string | undefined;
  readonly icePwd: string | undefined;
  readonly setup: string | undefined;
  readonly fingerprints: RemoteTransportParameters['fingerprints'];
}

export const RTP_PROTOCOL = 'UDP/TLS/RTP/SAVPF';
const DATA_PROTOCOL = 'UDP/DTLS/SCTP';

/** Parses a description a peer sent. Never throws; only protocols that encrypt with keys of DTLS are let through (threat D4). */
export function readDescription(sdp: string, limits: DescriptionLimits): Read<{ description: Description }> {
  const lines = readLines(sdp, limits);
  if (!lines.ok) return lines;
  let session: SessionDescription;
  try {
    session = parse(lines.kept.join('\r\n'));
  } catch {
    return refuse('not SDP');
  }
  if (session.media.length !== lines.fingerprints.length - 1) return refuse('not SDP');
  if (session.media.length === 0) return refuse('no m-section');
  if (session.icelite !== undefined) return refuse('ICE-lite on both sides');
  const sections: Section[] = [];
  const mids = new Set<string>();
  for (const [index, media] of session.media.entries()) {
    const own = lines.fingerprints[index + 1]!;
    const section = readSection(media, session, own.length > 0 ? own : lines.fingerprints[0]!);
    if (!section.ok) return section;
    if (mids.has(section.mid)) return refuse('two m-sections with one mid');
    if (section.mid !== '') mids.add(section.mid);
    sections.push(section);
  }
  const bundle = readBundle(session, mids);
  if (bundle === undefined) return refuse('BUNDLE group that cannot be used');
  const sessionId = text((session.origin as { sessionId?: unknown } | undefined)?.sessionId);
  if (sessionId === undefined) return refuse('no origin');
  return { ok: true, description: { sessionId, bundle, sections } };
}

/** The transport of a BUNDLE group, from the m-section that stands for it. `dtlsRole` follows from `setup`. */
export function readTransport(
  { iceUfrag, icePwd, setup, fingerprints }: SectionTransport,
  roles: Readonly<Record<string, RemoteTransportParameters['dtlsRole']>>,
): Read<{ remote: RemoteTransportParameters }> {
  if (iceUfrag === undefined || !ICE_UFRAG.test(iceUfrag)) return refuse('no usable ice-ufrag');
  if (icePwd === undefined || !ICE_PWD.test(icePwd)) return refuse('no usable ice-pwd');
  if (fingerprints.length === 0) return refuse('no fingerprint of SHA-256 or longer');
  const dtlsRole = setup !== undefined && Object.hasOwn(roles, setup) ? roles[setup] : undefined;
  if (dtlsRole === undefined) return refuse('no usable a=setup');
  return { ok: true, remote: { iceUfrag, icePwd, fingerprints, dtlsRole } };
}

/** The exact text of a value the parser may have made a number of. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** A whole number within bounds, or nothing. */
export function whole(value: unknown, least: number, most: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
    ? value
    : undefined;
}

export function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}

type Fingerprints = RemoteTransportParameters['fingerprints'][number][];

/**
 * Bounds the work of the parser: it gets the lines that matter, which are all it could fail at. Reads what it keeps
 * only the last of: fingerprints, of the session first, then of each m-section.
 */
function readLines(
  sdp: string,
  { length, sections }: DescriptionLimits,
): Read<{ kept: readonly string[]; fingerprints: readonly Fingerprints[] }> {
  if (sdp.length > length) return refuse('too long');
  const lines = sdp.split(/\r\n|\r|\n/, length / LEAST_LINE + 1);
  if (lines.length > length / LEAST_LINE) return refuse('too many lines');
  const kept: string[] = [];
  const fingerprints: Fingerprints[] = [[]];
  let once = new Set<string>();
  let ssrcs = 0;
  for (const line of lines) {
    if (line.length > MOST_LINE) return refuse('a line that is too long');
    if (line.startsWith('m=')) {
      if (fingerprints.length > sections) return refuse('too many m-sections');
      fingerprints.push([]);
      once = new Set();
      kept.push(line);
      continue;
    }
    if (line.startsWith('o=')) kept.push(line);
    if (line.startsWith('a=crypto')) return refuse('keys in the description (a=crypto)');
    const [, name = '', value = ''] = ATTRIBUTE.exec(line) ?? [];
    if (name === 'fingerprint') {
      const read = FINGERPRINT.exec(value);
      if (read !== null && isDigest(read[1]!, read[2]!))
        fingerprints.at(-1)!.push(digestOf(read[1]!, read[2]!));
      if (fingerprints.at(-1)!.length > MOST_FINGERPRINTS) return refuse('too many fingerprints');
    } else if (ONCE.has(name)) {
      if (once.has(name)) return refuse(`a=${name} twice in one place`);
      once.add(name);
    }
    if (name === 'ssrc' && ++ssrcs > MOST_SSRC_LINES) return refuse('too many SSRCs');
    if (KEPT.has(name)) kept.push(line);
  }
  return { ok: true, kept, fingerprints };
}

function readSection(
  media: MediaDescription,
  session: SessionDescription,
  fingerprints: SectionTransport['fingerprints'],
): Read<Section> {
  const { type, protocol } = media as { type?: string; protocol?: string };
  if (type === 'application' ? protocol !== DATA_PROTOCOL : protocol !== RTP_PROTOCOL) {
    return refuse('a protocol that is neither UDP/TLS/RTP/SAVPF nor UDP/DTLS/SCTP');
  }
  if (type !== 'audio' && type !== 'video' && type !== 'application')
    return refuse('a medium of no known type');
  const port = whole(media.port, 0, 65_535);
  if (port === undefined) return refuse('an m-section without a port');
  const isDisabled = port === 0 && media.bundleOnly === undefined;
  const mid = text(media.mid) ?? '';
  if (!MID.test(mid) && !(isDisabled && mid === '')) return refuse('an m-section without a usable mid');
  return {
    ok: true,
    mid,
    type,
    protocol: type === 'application' ? DATA_PROTOCOL : RTP_PROTOCOL,
    isDisabled,
    direction: media.direction ?? session.direction ?? 'sendrecv',
    hasRtcpMux: media.rtcpMux !== undefined,
    transport: {
      iceUfrag: text(media.iceUfrag ?? session.iceUfrag),
      icePwd: text(media.icePwd ?? session.icePwd),
      setup: text(media.setup ?? session.setup),
      fingerprints,
    },
    streams: readStreams(media),
    formats: text(media.payloads) ?? '',
    parsed: media,
  };
}

/** Stream ids, among them those in braces that the parser takes for something it does not know. */
function readStreams(media: MediaDescription): string[] {
  const streams = (media.msid ?? []).map(({ id }) => text(id) ?? '');
  for (const { value } of media.invalid ?? []) {
    const id = MSID.exec(text(value) ?? '')?.[1];
    if (id !== undefined) streams.push(id);
  }
  return streams;
}

function readBundle(session: SessionDescription, mids: ReadonlySet<string>): readonly string[] | undefined {
  const groups = (session.groups ?? []).filter(({ type }) => type === 'BUNDLE');
  if (groups.length > 1) return undefined;
  const bundle = (text(groups[0]?.mids) ?? '').split(' ').filter((mid) => mid !== '');
  if (new Set(bundle).size !== bundle.length) return undefined;
  return bundle.every((mid) => mids.has(mid)) ? bundle : undefined;
}

function isDigest(algorithm: string, value: string): boolean {
  const length = Object.hasOwn(DIGEST_BYTES, algorithm.toLowerCase())
    ? DIGEST_BYTES[algorithm.toLowerCase() as keyof typeof DIGEST_BYTES]
    : 0;
  return value.length === 3 * length - 1;
}

function digestOf(algorithm: string, value: string): Fingerprints[number] {
  return { algorithm: algorithm.toLowerCase() as keyof typeof DIGEST_BYTES, value: value.toUpperCase() };
}

const DIGEST_BYTES = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 } as const;
const ATTRIBUTE = /^a=([\w-]{1,16})(?::(.*))?$/;
const FINGERPRINT = /^(\S{1,16}) ([\dA-Fa-f]{2}(?::[\dA-Fa-f]{2}){0,63})$/;
/** Attributes of which the parser would take the last and another reader the first. */
const ONCE: ReadonlySet<string> = new Set(['ice-ufrag', 'ice-pwd', 'setup', 'mid']);
/** What is read of what the parser finds. */
const KEPT: ReadonlySet<string> = new Set([
  ...ONCE,
  ...['group', 'ice-lite', 'bundle-only', 'rtcp-mux', 'sendrecv', 'sendonly', 'recvonly', 'inactive', 'msid'],
  ...['rtpmap', 'fmtp', 'rtcp-fb', 'extmap', 'rid', 'simulcast', 'ssrc', 'ssrc-group'],
]);
/** RFC 8445 section 5.3. */
const ICE_UFRAG = /^[A-Za-z\d+/]{4,256}$/;
const ICE_PWD = /^[A-Za-z\d+/]{22,256}$/;
/** What goes into a one-byte header extension (RFC 9143 section 15). */
const MID = /^[\w.+-]{1,16}$/;
const MSID = /^msid:(\{[\w-]{1,62}\})(?: |$)/;
const MOST_FINGERPRINTS = 8;
const MOST_LINE = 8192;
/** Descriptions of browsers have 30 units a line. */
const LEAST_LINE = 24;
/** Browsers write up to four lines for each SSRC; this is eight for each of the most there may be. */
const MOST_SSRC_LINES = 256;
