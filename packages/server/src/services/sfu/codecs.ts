import type { Codec, CodecName } from '@madang/core/sfu/media-parameters';

export type MediaKind = 'audio' | 'video';

/** A codec with the format parameters that tell it from others of its name. */
export interface Format {
  readonly name: CodecName;
  readonly kind: MediaKind;
  readonly clockRate: number;
  readonly channels?: number;
  /** In the form of the fmtp line. One text per format, whatever level or preferences a peer writes besides. */
  readonly parameters: string;
  /** On connections where the server offers; `rtxPayloadType` where lost packets are sent again. */
  readonly payloadType: number;
  readonly rtxPayloadType?: number;
}

/**
 * What can be forwarded. Payload types are fixed, because one may not mean two formats in one BUNDLE group: a down
 * connection carries formats of many publishers.
 */
export const FORMATS: readonly Format[] = [
  audio('opus', 111, 'minptime=10;useinbandfec=1'),
  audio('red', 63, ''),
  video('VP8', 96, ''),
  video('VP9', 98, 'profile-id=0'),
  video('VP9', 100, 'profile-id=2'),
  video('AV1', 45, 'level-idx=5;profile=0;tier=0'),
  h264(102, 1, '42001f'),
  h264(104, 0, '42001f'),
  h264(106, 1, '42e01f'),
  h264(108, 0, '42e01f'),
  h264(112, 1, '4d001f'),
  h264(114, 0, '4d001f'),
  h264(116, 1, '64001f'),
  h264(118, 0, '64001f'),
  h264(120, 1, '640c1f'),
  h264(122, 0, '640c1f'),
];

/** What is understood of the feedback a peer offers (RFC 4585, RFC 5104 and two of Google's). */
export const FEEDBACK: Readonly<Record<MediaKind, readonly string[]>> = {
  audio: ['transport-cc'],
  video: ['goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli'],
};

/** A codec as a description writes it. */
export interface DescribedCodec {
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  /** The fmtp line. */
  readonly parameters: string;
}

/** The format a description names; undefined when it cannot be forwarded. Names are compared without case. */
export function formatOf(kind: MediaKind, described: DescribedCodec): Format | undefined {
  const name = described.name.toLowerCase();
  return FORMATS.find(
    (format) =>
      format.kind === kind &&
      format.name.toLowerCase() === name &&
      format.clockRate === described.clockRate &&
      (format.channels ?? 1) === described.channels &&
      isSameVariant(format, described.parameters),
  );
}

/** The codecs a track is offered with to its receivers: what its sender begins with, and what it may fall back to. */
export function carriedCodecs(kind: MediaKind, received: readonly Codec[]): readonly Codec[] {
  const [first] = received;
  if (first === undefined) return [];
  const fallback = received.find(({ name }) => name === FALLBACK[kind]);
  const chosen = fallback === undefined || fallback === first ? [first] : [first, fallback];
  return chosen.flatMap(({ name, parameters }) => {
    const format = FORMATS.find((one) => one.name === name && one.parameters === parameters);
    return format === undefined ? [] : [asOffered(format)];
  });
}

function asOffered(format: Format): Codec {
  const { name, payloadType, rtxPayloadType, clockRate, channels, parameters } = format;
  return {
    name,
    payloadType,
    clockRate,
    parameters,
    ...(rtxPayloadType !== undefined && { rtxPayloadType }),
    ...(channels !== undefined && { channels }),
  };
}

/** Format parameters by their names, in lower case; what is no parameter is left out. */
export function readParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(';', MOST_PARAMETERS)) {
    const at = part.indexOf('=');
    if (at > 0) parameters.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  return parameters;
}

function isSameVariant({ name, parameters }: Format, described: string): boolean {
  const ours = readParameters(parameters);
  const theirs = readParameters(described);
  switch (name) {
    case 'VP9':
      return ours.get('profile-id') === (theirs.get('profile-id') ?? '0');
    case 'AV1':
      return ours.get('profile') === (theirs.get('profile') ?? '0');
    case 'H264':
      return (
        ours.get('packetization-mode') === (theirs.get('packetization-mode') ?? '0') &&
        h264Profile(ours.get('profile-level-id')) === h264Profile(theirs.get('profile-level-id'))
      );
    default:
      return true;
  }
}

/** The profile of a profile-level-id (RFC 6184 section 8.1); the level may be another in each direction. */
function h264Profile(profileLevelId = '42000a'): string {
  const profile = profileLevelId.slice(0, 4).toLowerCase();
  // Both say that constraint sets 0 and 1 are obeyed: constrained baseline.
  return profile === '42c0' ? '42e0' : profile;
}

function audio(name: CodecName, payloadType: number, parameters: string): Format {
  return { name, kind: 'audio', clockRate: 48_000, channels: 2, parameters, payloadType };
}

function video(name: CodecName, payloadType: number, parameters: string): Format {
  return {
    name,
    kind: 'video',
    clockRate: 90_000,
    parameters,
    payloadType,
    rtxPayloadType: payloadType + 1,
  };
}

function h264(payloadType: number, mode: 0 | 1, profileLevelId: string): Format {
  const parameters = `level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${profileLevelId}`;
  return video('H264', payloadType, parameters);
}

const FALLBACK: Readonly<Record<MediaKind, CodecName>> = { audio: 'opus', video: 'VP8' };
const MOST_PARAMETERS = 32;
