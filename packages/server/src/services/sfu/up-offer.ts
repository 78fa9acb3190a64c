import type { Encoding, RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import type { MediaKind } from './codecs.js';
import { BundleMeanings, readSectionMedia } from './section-media.js';
import type { SectionMedia } from './section-media.js';
import { readDescription, readTransport, refuse, text, whole } from './session-description.js';
import type { Description, Read, Section } from './session-description.js';

/** An offer of a client for what it sends, as far as the server understands it. */
export interface UpOffer {
  /** Another one means another RTCPeerConnection. */
  readonly sessionId: string;
  readonly remote: RemoteTransportParameters;
  /** All of the offer, in its order. */
  readonly sections: readonly UpSection[];
}

/** An m-section, with all its answer needs. */
export type UpSection =
  | {
      /** Nothing of it can be received: no known codec, a data channel, or stopped by the client. */
      readonly state: 'rejected';
      readonly mid: string;
      readonly type: Section['type'];
      readonly protocol: Section['protocol'];
      readonly formats: string;
    }
  | ({
      /** `idle`: the client sends nothing in it for now. */
      readonly state: 'sending' | 'idle';
      readonly mid: string;
      readonly kind: MediaKind;
      /** Id of the MediaStream, the `trackId` of `publish`; '' when the section belongs to none. */
      readonly trackId: string;
      /** Lowest quality first; one without RID and SSRC when the section is known by its mid alone. */
      readonly encodings: readonly Encoding[];
    } & SectionMedia);

/** Reads an offer for the up connection. Never throws; RFC 8866, RFC 9143, RFC 8853, threat D4. */
export function readUpOffer(sdp: string): Read<{ offer: UpOffer }> {
  const read = readDescription(sdp, LIMITS);
  if (!read.ok) return read;
  const { description } = read;
  const sections: UpSection[] = [];
  const meanings = new BundleMeanings();
  const ssrcs = new Set<number>();
  for (const section of description.sections) {
    const up = readUpSection(section, ssrcs);
    if (!up.ok) return up;
    if (up.section.state !== 'rejected') {
      if (!description.bundle.includes(section.mid))
        return refuse('an m-section outside of the BUNDLE group');
      if (!section.hasRtcpMux) return refuse('an m-section without rtcp-mux');
      if (!meanings.agrees(up.section)) return refuse('payload types or extension ids with two meanings');
    }
    sections.push(up.section);
  }
  const tagged = findTagged(description, sections);
  if (tagged === undefined) return refuse('no m-section that can be received');
  const transport = readTransport(tagged.transport, { actpass: 'client', active: 'client' });
  if (!transport.ok) return transport;
  return { ok: true, offer: { sessionId: description.sessionId, remote: transport.remote, sections } };
}

/** The m-section whose transport is that of the group: the first of the group that is not rejected (RFC 9143 section 7.3). */
function findTagged(
  { bundle, sections: all }: Description,
  sections: readonly UpSection[],
): Section | undefined {
  const accepted = new Set(sections.filter(({ state }) => state !== 'rejected').map(({ mid }) => mid));
  const tag = bundle.find((mid) => accepted.has(mid));
  return all.find(({ mid }) => mid === tag);
}

function readUpSection(section: Section, ssrcs: Set<number>): Read<{ section: UpSection }> {
  const { mid, type, protocol, formats } = section;
  const rejected = { ok: true, section: { state: 'rejected', mid, type, protocol, formats } } as const;
  if (type === 'application' || section.isDisabled) return rejected;
  const media = readSectionMedia(type, section, 'sendonly');
  if (!media.ok) return media;
  const { codecs, extensions } = media;
  const read = readEncodings(section, ssrcs);
  if (!read.ok) return read;
  if (!codecs.some(({ name }) => name !== 'red')) return rejected;
  const isSending = section.direction === 'sendonly' || section.direction === 'sendrecv';
  return {
    ok: true,
    section: {
      state: isSending ? 'sending' : 'idle',
      mid,
      kind: type,
      trackId: section.streams.find((stream) => stream !== '-') ?? '',
      codecs,
      extensions,
      encodings: read.encodings,
    },
  };
}

function readEncodings(section: Section, all: Set<number>): Read<{ encodings: readonly Encoding[] }> {
  const { parsed } = section;
  const own = new Set<number>();
  for (const { id } of parsed.ssrcs ?? []) {
    const ssrc = whole(id, 1, MOST_SSRC);
    if (ssrc === undefined) return refuse('an SSRC that is none');
    if (!own.has(ssrc) && all.has(ssrc)) return refuse('an SSRC in two m-sections');
    own.add(ssrc);
    all.add(ssrc);
    if (all.size > MOST_SSRCS) return refuse('too many SSRCs');
  }
  return parsed.simulcast === undefined ? readSsrcs(section, own) : readRids(section);
}

/** RFC 8853: simulcast streams are divided by `;`, alternatives by `,` of which the first counts; `~` begins as paused. */
function readRids({ parsed }: Section): Read<{ encodings: readonly Encoding[] }> {
  const { dir1, list1, dir2, list2 } = parsed.simulcast!;
  const list = dir1 === 'send' ? list1 : dir2 === 'send' ? list2 : undefined;
  const sent = new Set(
    (parsed.rids ?? []).filter(({ direction }) => direction === 'send').map(({ id }) => text(id)),
  );
  const rids = (text(list) ?? '').split(';').map((stream) => stream.split(',', 1)[0]!.replace(/^~/, ''));
  if (rids.length > MOST_RIDS || new Set(rids).size !== rids.length)
    return refuse('simulcast of too many streams');
  if (!rids.every((rid) => RID.test(rid) && sent.has(rid))) return refuse('simulcast without its a=rid');
  return { ok: true, encodings: rids.map((rid) => ({ rid })) };
}

/** Encodings where SSRCs name them: each with the SSRC of its retransmissions (RFC 5576 section 4.2, RFC 4588). */
function readSsrcs({ parsed }: Section, own: ReadonlySet<number>): Read<{ encodings: readonly Encoding[] }> {
  const rtx = new Map<number, number>();
  const repairs = new Set<number>();
  if ((parsed.ssrcGroups?.length ?? 0) > MOST_SSRCS) return refuse('too many SSRC groups');
  for (const { semantics, ssrcs } of parsed.ssrcGroups ?? []) {
    const [first = 0, ...others] = (text(ssrcs) ?? '').split(' ', MOST_SSRCS).map(Number);
    if (semantics === 'SIM') continue;
    for (const other of others) repairs.add(other);
    if (semantics === 'FID' && own.has(first) && own.has(others[0]!)) rtx.set(first, others[0]!);
  }
  const encodings = [...own]
    .filter((ssrc) => !repairs.has(ssrc))
    .map((ssrc) => ({ ssrc, ...(rtx.has(ssrc) && { rtxSsrc: rtx.get(ssrc)! }) }));
  return { ok: true, encodings: encodings.length > 0 ? encodings : [{}] };
}

const LIMITS = { length: 64 * 1024, sections: 64 };
const MOST_SSRCS = 32;
const MOST_SSRC = 0xffffffff;
const MOST_RIDS = 8;
const RID = /^[\w-]{1,16}$/;
