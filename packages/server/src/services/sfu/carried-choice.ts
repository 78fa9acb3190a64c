import type { SubscriptionPreference } from '@madang/core/sfu/media-parameters';
import type { Publication } from './publication.js';

/** What a subscriber has said of a track. */
export interface DownPreference extends SubscriptionPreference {
  /** Video that is not to be withheld because others have spoken since. */
  readonly pinned: boolean;
}

/** What decides which tracks a subscriber gets, where there are more than it can have. */
export interface ChoiceTerms {
  /** Most videos of cameras (and of applications' own), those the subscriber has asked for by name apart. */
  readonly lastN: number;
  /** By key of the track. */
  readonly preferences: ReadonlyMap<string, DownPreference>;
  /** By participant: 0 for who spoke last; missing for those who never did. */
  readonly spoken: ReadonlyMap<string, number>;
  /** Whether a track is carried now: who never spoke does not take the place of another one who never did. */
  readonly isCarried: (key: string) => boolean;
}

export interface Choice {
  /** By key. */
  readonly carried: ReadonlyMap<string, Publication>;
  /** Keys of the videos that give way to those of who spoke later. */
  readonly withheld: ReadonlySet<string>;
}

/**
 * Chooses the tracks that get an m-section. There are never more than MOST_SECTIONS of them, so that a description
 * always fits into a message, however many are in the room. Sound comes first of who is not muted; screens, then videos
 * the subscriber has pinned or shows large, always come; of the others those of the last who spoke.
 */
export function chooseCarried(wanted: ReadonlyMap<string, Publication>, terms: ChoiceTerms): Choice {
  const candidates = [...wanted].map(([key, publication]) => ({ key, publication }));
  const sounds = candidates.filter(({ publication }) => publication.kind === 'audio');
  const videos = candidates.filter(({ publication }) => publication.kind === 'video');
  const ranked = ranking(terms);
  const isMuted = ({ publication }: Candidate): number => (publication.muted ? 1 : 0);
  const heard = firstOf(sounds, MOST_SECTIONS.audio, (one, other) => {
    return isMuted(one) - isMuted(other) || ranked(one, other);
  });
  const screens = videos.filter(isScreen).slice(0, MOST_SECTIONS.screens);
  const seen = chooseCameras(
    videos.filter((one) => !isScreen(one)),
    terms,
  );
  const carried = new Set([...heard, ...screens, ...seen].map(({ key }) => key));
  return {
    // In the order they were published, whatever made the choice.
    carried: new Map([...wanted].filter(([key]) => carried.has(key))),
    withheld: new Set(videos.filter(({ key }) => !carried.has(key)).map(({ key }) => key)),
  };
}

interface Candidate {
  readonly key: string;
  readonly publication: Publication;
}

function chooseCameras(videos: readonly Candidate[], terms: ChoiceTerms): readonly Candidate[] {
  const { preferences, lastN } = terms;
  const ranked = ranking(terms);
  const isNamed = ({ key }: Candidate): boolean => isAskedFor(preferences.get(key));
  const named = firstOf(videos.filter(isNamed), MOST_SECTIONS.cameras, ranked);
  const others = videos.filter((one) => !named.includes(one)).toSorted(ranked);
  const places = Math.max(0, Math.min(lastN, MOST_SECTIONS.cameras) - named.length);
  const chosen = others.slice(0, places);
  // What the subscriber hides gives its place to what it shows.
  const waiting = others.slice(places).filter(({ key }) => isShown(preferences.get(key)));
  for (let at = chosen.length - 1; at >= 0 && waiting.length > 0; at--) {
    if (preferences.get(chosen[at]!.key)?.paused === true) chosen[at] = waiting.shift()!;
  }
  return [...named, ...chosen];
}

/** The first `most` by rank; all as they are where they are no more. */
function firstOf(
  candidates: readonly Candidate[],
  most: number,
  rank: (one: Candidate, other: Candidate) => number,
): readonly Candidate[] {
  return candidates.length <= most ? candidates : candidates.toSorted(rank).slice(0, most);
}

/** Who spoke last first, then what is carried already; otherwise as published. */
function ranking({ spoken, isCarried }: ChoiceTerms): (one: Candidate, other: Candidate) => number {
  const placeOf = ({ publication }: Candidate): number => spoken.get(publication.participantId) ?? NEVER;
  const newness = ({ key }: Candidate): number => (isCarried(key) ? 0 : 1);
  return (one, other) => placeOf(one) - placeOf(other) || newness(one) - newness(other);
}

function isScreen({ publication }: Candidate): boolean {
  return publication.source === 'screen';
}

function isAskedFor(preference: DownPreference | undefined): boolean {
  if (preference === undefined || preference.paused) return false;
  return preference.pinned || preference.width >= LARGE_PIXELS;
}

function isShown(preference: DownPreference | undefined): boolean {
  return preference !== undefined && !preference.paused && preference.width > 0;
}

/** m-sections of a down connection: together their descriptions stay below the limit of a message. */
export const MOST_SECTIONS = { audio: 100, cameras: 36, screens: 6 } as const;
const NEVER = Number.MAX_SAFE_INTEGER;
/** Shown as large as that, a video is what one looks at (as in bandwidth allocation). */
const LARGE_PIXELS = 800;
