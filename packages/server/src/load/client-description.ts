import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import type { ServerDescription, ServerSection } from './server-description.js';

/** Header extensions a load client sends and reads, by their URIs. */
export const EXTENSION = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  transportWideCc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
} as const;

/** Ids of the extensions in what is sent. */
export const SENT_EXTENSION_ID = { mid: 4, rid: 10, transportWideCc: 3 } as const;

/** Payload types of what is sent. */
export const SENT_PAYLOAD_TYPE = { audio: 111, video: 96, videoRtx: 97 } as const;

/** A track a load client sends. */
export interface SentTrack {
  readonly kind: 'audio' | 'video';
  readonly mid: string;
  /** Id of its MediaStream. */
  readonly trackId: string;
  /** One for each encoding, lowest quality first; above one the track is simulcast. */
  readonly ssrcs: readonly number[];
}

/** RIDs of simulcast encodings. */
export function ridOf(encoding: number): string {
  return `${'qhf'[encoding]}`;
}

type LocalParameters = Pick<RemoteTransportParameters, 'iceUfrag' | 'icePwd' | 'fingerprints'>;

/** The offer of a client that sends `tracks`, as DTLS client: some servers would be that themselves if they might. */
export function writeUpOffer(local: LocalParameters, tracks: readonly SentTrack[]): string {
  const lines = sessionLines(
    local,
    tracks.map(({ mid }) => mid),
  );
  for (const track of tracks) lines.push(...sentLines(track));
  return joinLines(lines);
}

/** The answer of a client that receives all an offer has, as DTLS client. */
export function writeDownAnswer(local: LocalParameters, { sections }: ServerDescription): string {
  const used = sections.filter(({ isRejected }) => !isRejected).map(({ mid }) => mid);
  const lines = sessionLines(local, used);
  for (const section of sections) lines.push(...receivedLines(section));
  return joinLines(lines);
}

function sessionLines(local: LocalParameters, mids: readonly string[]): string[] {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mids.join(' ')}`,
    'a=msid-semantic: WMS *',
    `a=ice-ufrag:${local.iceUfrag}`,
    `a=ice-pwd:${local.icePwd}`,
    ...local.fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    'a=setup:active',
  ];
}

function sentLines({ kind, mid, trackId, ssrcs }: SentTrack): string[] {
  const { audio, video, videoRtx } = SENT_PAYLOAD_TYPE;
  const ids = SENT_EXTENSION_ID;
  const lines = [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === 'audio' ? audio : `${video} ${videoRtx}`}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    'a=sendonly',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    `a=msid:${trackId} ${trackId}`,
    `a=extmap:${ids.mid} ${EXTENSION.mid}`,
    `a=extmap:${ids.transportWideCc} ${EXTENSION.transportWideCc}`,
  ];
  if (kind === 'audio') {
    lines.push(
      `a=rtpmap:${audio} opus/48000/2`,
      `a=rtcp-fb:${audio} transport-cc`,
      `a=fmtp:${audio} useinbandfec=1`,
    );
  } else {
    lines.push(`a=rtpmap:${video} VP8/90000`);
    for (const feedback of VIDEO_FEEDBACK) lines.push(`a=rtcp-fb:${video} ${feedback}`);
    lines.push(`a=rtpmap:${videoRtx} rtx/90000`, `a=fmtp:${videoRtx} apt=${video}`);
  }
  if (ssrcs.length > 1) {
    const rids = ssrcs.map((_, encoding) => ridOf(encoding));
    lines.push(`a=extmap:${ids.rid} ${EXTENSION.rid}`);
    for (const rid of rids) lines.push(`a=rid:${rid} send`);
    lines.push(`a=simulcast:send ${rids.join(';')}`);
  } else lines.push(`a=ssrc:${ssrcs[0]} cname:${CNAME}`);
  return lines;
}

function receivedLines(section: ServerSection): string[] {
  const { kind, protocol, mid, isRejected, codecs, extensions, direction } = section;
  if (isRejected) return [`m=${kind} 0 ${protocol} 0`, 'c=IN IP4 0.0.0.0', 'a=inactive', `a=mid:${mid}`];
  const payloadTypes = codecs.flatMap(({ payloadType, rtxPayloadType }) => [
    payloadType,
    ...(rtxPayloadType === undefined ? [] : [rtxPayloadType]),
  ]);
  const lines = [
    `m=${kind} 9 ${protocol} ${payloadTypes.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    direction === 'sendonly' || direction === 'sendrecv' ? 'a=recvonly' : 'a=inactive',
    'a=rtcp-mux',
    'a=rtcp-rsize',
  ];
  for (const uri of [EXTENSION.mid, EXTENSION.transportWideCc]) {
    const id = extensions.get(uri);
    if (id !== undefined) lines.push(`a=extmap:${id} ${uri}`);
  }
  for (const { name, payloadType, clockRate, channels, rtxPayloadType } of codecs) {
    lines.push(`a=rtpmap:${payloadType} ${name}/${clockRate}${channels === '' ? '' : `/${channels}`}`);
    const feedback = kind === 'video' ? VIDEO_FEEDBACK : ['transport-cc'];
    for (const one of feedback) lines.push(`a=rtcp-fb:${payloadType} ${one}`);
    if (rtxPayloadType !== undefined)
      lines.push(
        `a=rtpmap:${rtxPayloadType} rtx/${clockRate}`,
        `a=fmtp:${rtxPayloadType} apt=${payloadType}`,
      );
  }
  return lines;
}

function joinLines(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

const VIDEO_FEEDBACK = ['transport-cc', 'ccm fir', 'nack', 'nack pli'];
/** Canonical name of whatever a client sends: all of it runs on one clock (RFC 3550 section 6.5.1). */
export const CNAME = 'load';
