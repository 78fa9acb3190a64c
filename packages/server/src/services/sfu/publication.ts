import type { Codec, ReceivedMedia, TrackKey } from '@madang/core/sfu/media-parameters';
import type { TrackInfo, TrackSource } from '@madang/wire/room-state';
import { carriedCodecs } from './codecs.js';
import type { MediaKind } from './codecs.js';
import { extensionIds } from './section-media.js';
import type { UpSection } from './up-offer.js';

/** A track that is published and received: what subscribers are offered. */
export interface Publication extends TrackKey {
  readonly kind: MediaKind;
  readonly source: TrackSource;
  readonly muted: boolean;
  /** As subscribers are offered it. */
  readonly codecs: readonly Codec[];
}

/** What a participant's tracks and the m-sections of its offer have in common; the first section of a track counts. */
export function receivedMedia(
  participantId: string,
  tracks: readonly TrackInfo[],
  sections: readonly UpSection[],
): readonly ReceivedMedia[] {
  return tracks.flatMap(({ trackId, kind, source, muted }) => {
    const section = sections.find((one) => one.state === 'sending' && one.trackId === trackId);
    if (section?.state !== 'sending' || section.kind !== kind) return [];
    const { mid, codecs, extensions, encodings } = section;
    return [
      {
        participantId,
        trackId,
        mid,
        kind,
        source,
        codecs: codecs.map(({ written: _written, feedback: _feedback, ...codec }) => codec),
        extensions: extensionIds(extensions),
        encodings,
        muted,
      },
    ];
  });
}

export function publicationOf(media: ReceivedMedia): Publication {
  const { participantId, trackId, kind, source, muted, codecs } = media;
  return { participantId, trackId, kind, source, muted, codecs: carriedCodecs(kind, codecs) };
}

/** Names a track in a map. Ids of participants have no space in them. */
export function keyOf({ participantId, trackId }: TrackKey): string {
  return `${participantId} ${trackId}`;
}
