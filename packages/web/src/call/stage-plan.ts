/** `auto`: everybody alike until somebody shares a screen. `grid`: everything alike. `speaker`: one large, the others small. */
export type LayoutMode = 'auto' | 'grid' | 'speaker';

/** Where this person sees themselves. `auto`: floating over a single picture, else among the others. */
export type SelfViewMode = 'auto' | 'floating' | 'tile' | 'hidden';

/** A picture that can stand on the stage: somebody's camera (or initials), or their screen. */
export interface Picture {
  readonly participantId: string;
  readonly source: 'camera' | 'screen';
}

export interface StagePerson {
  readonly participantId: string;
  readonly isLocal: boolean;
  /** Only watches: stands in the list of people, not on the stage. */
  readonly isViewer: boolean;
  /** Sends a screen. */
  readonly sharesScreen: boolean;
}

export interface StageRequest {
  /** In the order they came, oneself among them. */
  readonly people: readonly StagePerson[];
  readonly mode: LayoutMode;
  readonly selfView: SelfViewMode;
  /** Key of the picture this person has pinned, if it is still there. */
  readonly pinned: string | undefined;
  /** Who speaks or spoke last, of the others. */
  readonly speaker: string | undefined;
}

/** What stands on the stage, and how. */
export type StagePlan =
  /** Nobody else is here. */
  | { readonly kind: 'alone'; readonly floatingSelf: boolean }
  /** All who are here only watch. */
  | { readonly kind: 'empty'; readonly floatingSelf: false }
  | { readonly kind: 'grid'; readonly pictures: readonly Picture[]; readonly floatingSelf: boolean }
  | {
      readonly kind: 'spotlight';
      readonly main: Picture;
      readonly strip: readonly Picture[];
      readonly floatingSelf: boolean;
    };

/** Names a picture; unique on the stage. */
export function pictureKey(picture: Picture): string {
  return `${picture.participantId}:${picture.source}`;
}

/**
 * Decides what is large, small or floating. The order is that of arrival and does not follow who speaks: faces stay where
 * they are; only the large picture of a spotlight changes.
 */
export function planStage(request: StageRequest): StagePlan {
  const onStage = request.people.filter((person) => !person.isViewer);
  const others = onStage.filter((person) => !person.isLocal);
  const self = onStage.find((person) => person.isLocal);
  if (!request.people.some((person) => !person.isLocal)) {
    return { kind: 'alone', floatingSelf: self !== undefined && request.selfView !== 'hidden' };
  }
  if (onStage.length === 0) return { kind: 'empty', floatingSelf: false };
  const screens = [...others, ...(self ? [self] : [])].filter((person) => person.sharesScreen).map(screenOf);
  const cameras = others.map(cameraOf);
  const ownCamera = self && cameraOf(self);
  const main = mainPicture(request, screens, cameras, ownCamera);
  if (main !== undefined) {
    const strip = [...screens, ...cameras].filter((picture) => !same(picture, main));
    if (ownCamera === undefined || same(ownCamera, main)) {
      return { kind: 'spotlight', main, strip, floatingSelf: false };
    }
    const where = placeOfSelf(request.selfView, strip.length > 0);
    return {
      kind: 'spotlight',
      main,
      strip: where === 'tile' ? [...strip, ownCamera] : strip,
      floatingSelf: where === 'floating',
    };
  }
  const pictures = [...screens, ...cameras];
  // Before an audience alone one sees what it sees.
  if (pictures.length === 0 && ownCamera) return { kind: 'grid', pictures: [ownCamera], floatingSelf: false };
  const where = ownCamera && placeOfSelf(request.selfView, pictures.length > 1);
  return {
    kind: 'grid',
    pictures: ownCamera && where === 'tile' ? [...pictures, ownCamera] : pictures,
    floatingSelf: where === 'floating',
  };
}

/** Whether two plans show the same in the same order. */
export function isSamePlan(one: StagePlan, other: StagePlan): boolean {
  return one.floatingSelf === other.floatingSelf && outline(one) === outline(other);
}

function outline(plan: StagePlan): string {
  switch (plan.kind) {
    case 'alone':
    case 'empty':
      return plan.kind;
    case 'grid':
      return [plan.kind, ...plan.pictures.map(pictureKey)].join(' ');
    case 'spotlight':
      return [plan.kind, ...[plan.main, ...plan.strip].map(pictureKey)].join(' ');
  }
}

/** Over a single picture one floats; where there are several, one is one of them. */
function placeOfSelf(mode: SelfViewMode, several: boolean): 'floating' | 'tile' | 'hidden' {
  if (mode !== 'auto') return mode;
  return several ? 'tile' : 'floating';
}

/** The picture that is large: the pinned one, the newest screen of somebody else, or whoever speaks. */
function mainPicture(
  request: StageRequest,
  screens: readonly Picture[],
  cameras: readonly Picture[],
  ownCamera: Picture | undefined,
): Picture | undefined {
  const all = [...screens, ...cameras, ...(ownCamera ? [ownCamera] : [])];
  const pinned = all.find((picture) => pictureKey(picture) === request.pinned);
  if (pinned !== undefined) return pinned;
  if (request.mode === 'grid') return undefined;
  // Everybody else's before one's own: nobody needs to look at what is on their own screen anyway.
  const screen = screens.findLast((picture) => picture.participantId !== ownCamera?.participantId);
  if (screen !== undefined) return screen;
  if (request.mode === 'auto') return undefined;
  return cameras.find((picture) => picture.participantId === request.speaker) ?? cameras[0];
}

function cameraOf(person: StagePerson): Picture {
  return { participantId: person.participantId, source: 'camera' };
}

function screenOf(person: StagePerson): Picture {
  return { participantId: person.participantId, source: 'screen' };
}

function same(a: Picture, b: Picture): boolean {
  return a.participantId === b.participantId && a.source === b.source;
}
