import type { Codec, CodecName, HeaderExtensions } from '@madang/core/sfu/media-parameters';
import type { MediaKind } from './codecs.js';

export interface HeaderExtension {
  readonly name: keyof HeaderExtensions;
  readonly uri: string;
  readonly kinds: readonly MediaKind[];
  /** Local id on connections where the server offers; none where it does not send it. */
  readonly sentId?: number;
  /** Codecs of an m-section that is offered it: what is of no use stands in no description. All unless told. */
  readonly sentWith?: readonly CodecName[];
}

/** The RTP header extensions the server reads or writes (RFC 8285), by their URIs. */
export const HEADER_EXTENSIONS: readonly HeaderExtension[] = [
  { name: 'mid', uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', kinds: ['audio', 'video'], sentId: 4 },
  { name: 'rid', uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', kinds: ['video'] },
  { name: 'repairedRid', uri: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id', kinds: ['video'] },
  {
    name: 'absSendTime',
    uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
    kinds: ['audio', 'video'],
    sentId: 2,
    // For estimates of receivers that give no feedback on the transport: video tells them enough.
    sentWith: ['VP8', 'VP9', 'H264', 'AV1'],
  },
  {
    name: 'transportWideCc',
    uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    kinds: ['audio', 'video'],
    sentId: 3,
  },
  { name: 'audioLevel', uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', kinds: ['audio'], sentId: 1 },
  { name: 'videoOrientation', uri: 'urn:3gpp:video-orientation', kinds: ['video'], sentId: 13 },
  {
    // VP8 cannot say it itself: without it a picture of full range is shown too light.
    name: 'colorSpace',
    uri: 'http://www.webrtc.org/experiments/rtp-hdrext/color-space',
    kinds: ['video'],
    sentId: 11,
  },
  {
    name: 'dependencyDescriptor',
    uri: 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
    kinds: ['video'],
    sentId: 12,
    // VP8 says all of it itself.
    sentWith: ['VP9', 'H264', 'AV1'],
  },
];

/** The extensions an m-section of the server's offer has. */
export function sentExtensions(kind: MediaKind, codecs: readonly Codec[]): readonly HeaderExtension[] {
  return HEADER_EXTENSIONS.filter(
    ({ sentId, kinds, sentWith }) =>
      sentId !== undefined &&
      kinds.includes(kind) &&
      (sentWith === undefined || codecs.some(({ name }) => sentWith.includes(name))),
  );
}

/** The extension of a URI in m-sections of a kind; undefined for what the server knows nothing of. */
export function extensionOf(kind: MediaKind, uri: string): HeaderExtension | undefined {
  return HEADER_EXTENSIONS.find((one) => one.uri === uri && one.kinds.includes(kind));
}
