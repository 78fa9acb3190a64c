import type { Codec, HeaderExtensions, RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import { WireLimit } from '@madang/wire/limits';
import type { DownSlot } from './down-offer.js';
import { sentExtensions } from './header-extensions.js';
import { extensionIds, readSectionMedia } from './section-media.js';
import { readDescription, readTransport, refuse } from './session-description.js';
import type { Read, Section } from './session-description.js';

/** A client's answer to the server's offer. */
export interface DownAnswer {
  /** Missing where the client has refused all there is. */
  readonly remote?: RemoteTransportParameters;
  /** For each slot of the offer, in its order. */
  readonly sections: readonly DownSection[];
}

export type DownSection =
  /** The client takes it with these codecs, in its order of preference; none: it is carried, but nothing is wanted in it. */
  | { readonly state: 'accepted'; readonly codecs: readonly Codec[]; readonly extensions: HeaderExtensions }
  | { readonly state: 'refused' };

/** Reads the answer to an offer of `slots`; undefined when it answers another offer, which this one has crossed. Never throws. */
export function readDownAnswer(
  sdp: string,
  slots: readonly DownSlot[],
): Read<{ answer: DownAnswer | undefined }> {
  const read = readDescription(sdp, LIMITS);
  if (!read.ok) return read;
  const { sections: all, bundle } = read.description;
  if (!isSameOrder(all, slots)) return { ok: true, answer: undefined };
  const sections: DownSection[] = [];
  for (const [index, slot] of slots.entries()) {
    const section = readDownSection(all[index]!, slot, bundle);
    if (!section.ok) return section;
    sections.push(section.section);
  }
  const tag = bundle.find((mid) => all.some((section) => section.mid === mid && !section.isDisabled));
  const tagged = all.find(({ mid }) => mid === tag);
  if (tagged === undefined) return { ok: true, answer: { sections } };
  const transport = readTransport(tagged.transport, { active: 'client', passive: 'server' });
  return transport.ok ? { ok: true, answer: { remote: transport.remote, sections } } : transport;
}

function isSameOrder(sections: readonly Section[], slots: readonly DownSlot[]): boolean {
  return (
    sections.length === slots.length &&
    sections.every(({ mid, type }, index) => {
      const slot = slots[index]!;
      return type === slot.kind && (mid === slot.mid || mid === '');
    })
  );
}

function readDownSection(
  section: Section,
  slot: DownSlot,
  bundle: readonly string[],
): Read<{ section: DownSection }> {
  if (section.isDisabled || slot.state === 'refused') return { ok: true, section: { state: 'refused' } };
  if (!bundle.includes(slot.mid)) return refuse('an m-section outside of the BUNDLE group');
  if (!section.hasRtcpMux) return refuse('an m-section without rtcp-mux');
  const media = readSectionMedia(slot.kind, section, 'recvonly');
  if (!media.ok) return media;
  const isWanted = section.direction === 'recvonly' || section.direction === 'sendrecv';
  const codecs = isWanted ? media.codecs.flatMap((codec) => asOffered(codec, slot.codecs)) : [];
  const offered = sentExtensions(slot.kind, slot.codecs);
  const extensions = media.extensions.filter(({ name, id }) =>
    offered.some((one) => one.name === name && one.sentId === id),
  );
  return { ok: true, section: { state: 'accepted', codecs, extensions: extensionIds(extensions) } };
}

/** The codec of the offer an answered one accepts, with retransmissions where both have them. */
function asOffered(answered: Codec, offered: readonly Codec[]): readonly Codec[] {
  const codec = offered.find(
    ({ payloadType, name, parameters }) =>
      payloadType === answered.payloadType && name === answered.name && parameters === answered.parameters,
  );
  if (codec === undefined) return [];
  const { rtxPayloadType, ...plain } = codec;
  return rtxPayloadType !== undefined && rtxPayloadType === answered.rtxPayloadType ? [codec] : [plain];
}

const LIMITS = { length: WireLimit.sdpMessageBytes, sections: WireLimit.mediaSections };
