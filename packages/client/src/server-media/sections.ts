import type { MediaSection } from '@madang/wire/media-server';

/** What the m-sections of the down connection carry, by `mid`. */
export type Sections = ReadonlyMap<string, MediaSection>;

/** What is different between two descriptions of the down connection. */
export interface SectionChanges {
  /** Tracks that are sent no more. */
  readonly ended: readonly MediaSection[];
  /** Tracks that are sent anew, or in another m-section than before. */
  readonly begun: readonly MediaSection[];
}

/**
 * m-sections are used again: which track each carries follows from the last description alone.
 * @param connection whether the m-sections are still those of the same RTCPeerConnection, so that a track that is where it
 *   was is the same one
 */
export function compareSections(
  before: Sections,
  after: Sections,
  connection: 'same' | 'other',
): SectionChanges {
  const stays = new Set([...after.values()].map(keyOf));
  const isHere = (section: MediaSection): boolean => {
    const known = before.get(section.mid);
    return connection === 'same' && known !== undefined && keyOf(known) === keyOf(section);
  };
  return {
    ended: [...before.values()].filter((section) => !stays.has(keyOf(section))),
    begun: [...after.values()].filter((section) => !isHere(section)),
  };
}

/** Names of tracks are chosen by their senders, so two of them may choose the same. */
function keyOf({ participantId, trackId }: MediaSection): string {
  return `${participantId} ${trackId}`;
}
