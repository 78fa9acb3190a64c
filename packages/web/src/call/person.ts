import type {
  LocalParticipant,
  RemoteParticipant,
  Role,
  Track,
  TrackPublication,
  TrackSource,
} from '../sdk.js';

/** A picture somebody sends. */
export interface PersonMedia {
  readonly trackId: string;
  /** Undefined until the media is here. */
  readonly track: Track | undefined;
  /** None comes for now: others have spoken since, and more videos are in the room than one gets. */
  readonly isWithheld: boolean;
}

/** Somebody as the screen shows them: a picture of one moment, renewed when something changes. */
export interface Person {
  readonly participantId: string;
  readonly name: string;
  readonly role: Role;
  readonly isLocal: boolean;
  readonly handRaised: boolean;
  readonly microphone: 'on' | 'muted' | 'none';
  /** Undefined while the camera is off. */
  readonly camera: PersonMedia | undefined;
  readonly screen: PersonMedia | undefined;
}

/** What is known of a participant now. */
export function personOf(participant: LocalParticipant | RemoteParticipant): Person {
  const microphone = participant.publication('microphone');
  return {
    participantId: participant.participantId,
    name: participant.name,
    role: participant.role,
    isLocal: participant.isLocal,
    handRaised: participant.handRaised,
    microphone: microphone === undefined ? 'none' : microphone.muted ? 'muted' : 'on',
    camera: mediaOf(pictureOf<ShownPublication>(participant, 'camera')),
    screen: mediaOf(pictureOf<ShownPublication>(participant, 'screen')),
  };
}

/**
 * The people of now, each the same object as before while nothing is different: what is drawn of somebody is drawn anew only
 * when it is. Without any difference the whole list is the one before.
 */
export function renewPeople(before: readonly Person[], now: readonly Person[]): readonly Person[] {
  const known = new Map(before.map((person) => [person.participantId, person]));
  const people = now.map((person) => {
    const old = known.get(person.participantId);
    return old !== undefined && isSamePerson(old, person) ? old : person;
  });
  return people.length === before.length && people.every((person, index) => person === before[index])
    ? before
    : people;
}

function isSamePerson(one: Person, other: Person): boolean {
  return (
    one.name === other.name &&
    one.role === other.role &&
    one.handRaised === other.handRaised &&
    one.microphone === other.microphone &&
    isSameMedia(one.camera, other.camera) &&
    isSameMedia(one.screen, other.screen)
  );
}

function isSameMedia(one: PersonMedia | undefined, other: PersonMedia | undefined): boolean {
  return (
    one?.trackId === other?.trackId && one?.track === other?.track && one?.isWithheld === other?.isWithheld
  );
}

/** Whether somebody who could speak cannot be heard. Of viewers nobody expects it. */
export function isSilent(person: Person): boolean {
  return person.microphone !== 'on' && person.role !== 'viewer';
}

/** What is shown of somebody. Video of an application's own (a canvas, a film) stands where the camera's would. */
export function pictureOf<Publication extends TrackPublication>(
  participant: { publication(source: TrackSource): Publication | undefined },
  source: 'camera' | 'screen',
): Publication | undefined {
  const publication = participant.publication(source);
  if (publication !== undefined || source === 'screen') return publication;
  const other = participant.publication('other');
  return other?.kind === 'video' ? other : undefined;
}

type ShownPublication = TrackPublication & {
  readonly track: Track | undefined;
  readonly withheld?: boolean;
};

function mediaOf(publication: ShownPublication | undefined): PersonMedia | undefined {
  if (publication === undefined || publication.muted) return undefined;
  const track = publication.track;
  return {
    trackId: publication.trackId,
    track: track?.mediaStreamTrack === undefined ? undefined : track,
    isWithheld: publication.withheld === true,
  };
}
