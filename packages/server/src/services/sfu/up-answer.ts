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
import type { DescribedFormat } from './section-media.js';
import type { UpOffer, UpSection } from './up-offer.js';

/** The answer to what a client offers to send: all of it the server understands is received (RFC 3264, RFC 9429). */
export function writeUpAnswer({ sections }: UpOffer, transport: LocalTransport, origin: Origin): string {
  const bundle = sections.filter(({ state }) => state !== 'rejected').map(({ mid }) => mid);
  const lines = [...sessionLines(origin, transport, 'passive', bundle)];
  for (const section of sections) {
    if (section.state === 'rejected') {
      lines.push(...rejectedLines(section.type, section.protocol, section.mid, section.formats));
    } else {
      const candidates = section.mid === bundle[0] ? candidateLines(transport.endpoints) : [];
      lines.push(...answerLines(section, candidates));
    }
  }
  return joinLines(lines);
}

function answerLines(
  { kind, mid, state, codecs, extensions, encodings }: Exclude<UpSection, { state: 'rejected' }>,
  candidates: readonly string[],
): string[] {
  const answered = withRedParameters(codecs.map(asAnswered));
  const lines = [
    ...sectionLines(kind, mid, payloadTypesOf(answered), candidates),
    state === 'sending' ? 'a=recvonly' : 'a=inactive',
  ];
  for (const { id, uri, direction } of extensions) {
    lines.push(`a=extmap:${id}${direction === 'sendonly' ? '/recvonly' : ''} ${uri}`);
  }
  for (const codec of answered) lines.push(...codecLines(codec, codec.feedback));
  const rids = encodings.flatMap(({ rid }) => rid ?? []);
  for (const rid of rids) lines.push(`a=rid:${rid} recv`);
  if (rids.length > 0) lines.push(`a=simulcast:recv ${rids.join(';')}`);
  return lines;
}

/** The parameters are the server's own but for discontinuous transmission, which is up to the sender. */
function asAnswered(codec: DescribedFormat): DescribedFormat {
  const isSilenceLeftOut = codec.name === 'opus' && codec.written.get('usedtx') === '1';
  return isSilenceLeftOut ? { ...codec, parameters: `${codec.parameters};usedtx=1` } : codec;
}
