import type { Codec, HeaderExtensions } from '@madang/core/sfu/media-parameters';
import { extensionOf } from './header-extensions.js';
import { FEEDBACK, formatOf, readParameters } from './codecs.js';
import type { MediaKind } from './codecs.js';
import { refuse, text, whole } from './session-description.js';
import type { Read, Section } from './session-description.js';

/** What an m-section of a peer says of codecs and header extensions, as far as the server understands it. */
export interface SectionMedia {
  /** In the order of the m-line. */
  readonly codecs: readonly DescribedFormat[];
  readonly extensions: readonly DescribedExtension[];
}

export interface DescribedFormat extends Codec {
  /** As the peer wrote them. */
  readonly written: ReadonlyMap<string, string>;
  readonly feedback: readonly string[];
}

export interface DescribedExtension {
  readonly name: keyof HeaderExtensions;
  readonly uri: string;
  readonly id: number;
  readonly direction: string;
}

/**
 * Reads codecs and header extensions of an m-section of audio or video in which the peer sends or receives. Unknown
 * ones are left out, and extensions of the other direction.
 */
export function readSectionMedia(
  kind: MediaKind,
  section: Section,
  peer: 'sendonly' | 'recvonly',
): Read<SectionMedia> {
  const { parsed } = section;
  if ((parsed.ext?.length ?? 0) > MOST_EXTENSIONS) return refuse('too many header extensions');
  if (parsed.rtp.length > MOST_PAYLOAD_TYPES) return refuse('too many payload types');
  const extensions = readExtensions(kind, section, peer);
  if (extensions === undefined) return refuse('header extensions that contradict each other');
  return { ok: true, codecs: readCodecs(kind, section), extensions };
}

/** Header extensions by name, as the media worker is told them. */
export function extensionIds(extensions: readonly DescribedExtension[]): HeaderExtensions {
  return Object.fromEntries(extensions.map(({ name, id }) => [name, id]));
}

/**
 * Remembers what payload types and extension ids mean: in a BUNDLE group each may mean one thing only
 * (RFC 9143 section 9.1).
 */
export class BundleMeanings {
  readonly #meanings = new Map<string, string>();

  /** Whether an m-section agrees with those before it. */
  agrees({ codecs, extensions }: SectionMedia): boolean {
    return (
      codecs.every(
        ({ payloadType, rtxPayloadType, name, parameters }) =>
          this.#agrees(`p${payloadType}`, `${name} ${parameters}`) &&
          (rtxPayloadType === undefined || this.#agrees(`p${rtxPayloadType}`, `rtx ${payloadType}`)),
      ) && extensions.every(({ id, uri }) => this.#agrees(`x${id}`, uri) && this.#agrees(uri, `x${id}`))
    );
  }

  #agrees(key: string, meaning: string): boolean {
    const known = this.#meanings.get(key);
    if (known === undefined) this.#meanings.set(key, meaning);
    return known === undefined || known === meaning;
  }
}

function readCodecs(kind: MediaKind, { formats, parsed }: Section): DescribedFormat[] {
  const lines = new Map<number, string>();
  for (const { payload, config } of parsed.fmtp) {
    const payloadType = whole(payload, 0, MOST_PAYLOAD_TYPE);
    if (payloadType !== undefined) lines.set(payloadType, text(config) ?? '');
  }
  const described = new Map<number, (typeof parsed.rtp)[number]>();
  for (const one of parsed.rtp) {
    const payloadType = whole(one.payload, 0, MOST_PAYLOAD_TYPE);
    // 64 to 95 cannot be told from RTCP on one port (RFC 5761 section 4).
    if (payloadType !== undefined && (payloadType < 64 || payloadType > 95)) described.set(payloadType, one);
  }
  const rtx = new Map<number, number>();
  for (const [payloadType, { codec }] of described) {
    if (String(codec).toLowerCase() !== 'rtx') continue;
    const apt = Number(readParameters(lines.get(payloadType) ?? '').get('apt') ?? Number.NaN);
    if (described.has(apt)) rtx.set(apt, payloadType);
  }
  const feedback = readFeedback(kind, parsed.rtcpFb);
  const codecs: DescribedFormat[] = [];
  for (const word of formats.split(' ', MOST_PAYLOAD_TYPES)) {
    const payloadType = Number(word);
    const one = described.get(payloadType);
    if (one === undefined || codecs.some((other) => other.payloadType === payloadType)) continue;
    const parameters = lines.get(payloadType) ?? '';
    const channels = whole(Number(one.encoding ?? 1), 1, 8) ?? 0;
    const clockRate = whole(one.rate, 1, 1_000_000) ?? 0;
    const format = formatOf(kind, { name: String(one.codec), clockRate, channels, parameters });
    if (format === undefined) continue;
    const rtxPayloadType = format.rtxPayloadType === undefined ? undefined : rtx.get(payloadType);
    codecs.push({
      name: format.name,
      payloadType,
      ...(rtxPayloadType !== undefined && { rtxPayloadType }),
      clockRate,
      ...(format.channels !== undefined && { channels }),
      parameters: format.parameters,
      written: readParameters(parameters),
      feedback: FEEDBACK[kind].filter((wanted) => feedback(payloadType, wanted)),
    });
  }
  return codecs;
}

/** Whether a kind of feedback stands in the section for a payload type, or for all (`*`). */
function readFeedback(
  kind: MediaKind,
  lines: Section['parsed']['rtcpFb'],
): (payloadType: number, wanted: string) => boolean {
  const found = new Set<string>();
  for (const { payload, type, subtype } of lines ?? []) {
    const word = subtype === undefined ? type : `${type} ${subtype}`;
    if (FEEDBACK[kind].includes(word)) found.add(`${payload} ${word}`);
  }
  return (payloadType, wanted) => found.has(`${payloadType} ${wanted}`) || found.has(`* ${wanted}`);
}

function readExtensions(
  kind: MediaKind,
  { parsed }: Section,
  peer: 'sendonly' | 'recvonly',
): DescribedExtension[] | undefined {
  const extensions: DescribedExtension[] = [];
  const ids = new Set<number>();
  for (const { value, direction = 'sendrecv', uri, 'encrypt-uri': encrypted } of parsed.ext ?? []) {
    const id = whole(value, 1, MOST_EXTENSION_ID);
    if (id === undefined || id === RESERVED_EXTENSION_ID || ids.has(id)) return undefined;
    ids.add(id);
    if (encrypted !== undefined || (direction !== 'sendrecv' && direction !== peer)) continue;
    const known = extensionOf(kind, String(uri));
    if (known === undefined) continue;
    if (extensions.some(({ name }) => name === known.name)) return undefined;
    extensions.push({ name: known.name, uri: known.uri, id, direction });
  }
  return extensions;
}

const MOST_EXTENSIONS = 16;
const MOST_PAYLOAD_TYPES = 64;
const MOST_PAYLOAD_TYPE = 127;
/** RFC 8285: 15 is reserved in one-byte headers; two-byte headers end with 255. */
const MOST_EXTENSION_ID = 255;
const RESERVED_EXTENSION_ID = 15;
