import type { Codec, TrackKey } from '@madang/core/sfu/media-parameters';
import type { TrackSource } from '@madang/wire/room-state';
import { FEEDBACK } from './codecs.js';
import type { MediaKind } from './codecs.js';
import {
  candidateLines,
  codecLines,
  joinLines,
  payloadTypesOf,
  rejectedLines,
  sectionLines,
  sessionLines,
  withRedParameters,
} from './description-lines.js';
import type { LocalTransport, Origin } from './description-lines.js';
import { sentExtensions } from './header-extensions.js';
import { RTP_PROTOCOL } from './session-description.js';

/** An m-section of the server's offer. Slots keep their places; one that is free takes the next track of its kind. */
export interface DownSlot {
  readonly mid: string;
  readonly kind: MediaKind;
  /** `refused`: the client has rejected the m-section, and its mid is not to be used again (RFC 9429 section 5.2.2). */
  readonly state: 'open' | 'refused';
  /** Of the track, or of the last one there was. */
  readonly codecs: readonly Codec[];
  readonly carried?: CarriedTrack;
}

/** A track in a slot: a new one has new SSRCs. */
export interface CarriedTrack extends TrackKey {
  readonly source: TrackSource;
  readonly ssrc: number;
  readonly rtxSsrc?: number;
}

/** The server's offer of what it sends, for a first time or again. At least one slot is open. */
export function writeDownOffer(
  slots: readonly DownSlot[],
  transport: LocalTransport,
  origin: Origin,
): string {
  const bundle = slots.filter(({ state }) => state === 'open').map(({ mid }) => mid);
  const lines = [...sessionLines(origin, transport, 'actpass', bundle)];
  for (const slot of slots) {
    if (slot.state === 'refused') {
      const formats = payloadTypesOf(slot.codecs).join(' ');
      lines.push(...rejectedLines(slot.kind, RTP_PROTOCOL, slot.mid, formats));
    } else {
      const candidates = slot.mid === bundle[0] ? candidateLines(transport.endpoints) : [];
      lines.push(...slotLines(slot, candidates));
    }
  }
  return joinLines(lines);
}

/** The stream a track of a participant belongs to: what shall be played in step has one (camera and microphone). */
function streamOf({ participantId, source }: CarriedTrack, mid: string): string {
  if (source === 'camera' || source === 'microphone') return participantId;
  return source === 'other' ? `${participantId}-${mid}` : `${participantId}-screen`;
}

function slotLines({ mid, kind, codecs, carried }: DownSlot, candidates: readonly string[]): string[] {
  const offered = withRedParameters(codecs);
  const lines = [
    ...sectionLines(kind, mid, payloadTypesOf(offered), candidates),
    carried === undefined ? 'a=inactive' : 'a=sendonly',
  ];
  for (const { uri, sentId } of sentExtensions(kind, codecs)) lines.push(`a=extmap:${sentId} ${uri}`);
  for (const codec of offered) lines.push(...codecLines(codec, FEEDBACK[kind]));
  if (carried === undefined) return lines;
  const { participantId, ssrc, rtxSsrc } = carried;
  // Track ids are the client's text and have no place in a description; those of participants are the server's own.
  lines.push(`a=msid:${streamOf(carried, mid)} ${participantId}-${mid}`);
  if (rtxSsrc !== undefined) lines.push(`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`);
  lines.push(`a=ssrc:${ssrc} cname:${participantId}`);
  if (rtxSsrc !== undefined) lines.push(`a=ssrc:${rtxSsrc} cname:${participantId}`);
  return lines;
}
