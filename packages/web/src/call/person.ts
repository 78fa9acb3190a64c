import type { LocalParticipant, RemoteParticipant, Role, Track, TrackPublication } from '../sdk.js';

/** A picture somebody sends. */
export interface PersonMedia {
  readonly trackId: string;
  /** Undefined until the media is here. */
  readonly track: Track | undefined;
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
    camera: mediaOf(participant.publication('camera') ?? otherVideoOf(participant)),
    screen: mediaOf(participant.publication('screen')),
  };
}

/** Whether somebody who could speak cannot be heard. Of viewers nobody expects it. */
export function isSilent(person: Person): boolean {
  return person.microphone !== 'on' && person.role !== 'viewer';
}

/** Video of an application's own (a canvas, a film) stands where the camera's would. */
function otherVideoOf(participant: LocalParticipant | RemoteParticipant) {
  const publication = participant.publication('other');
  return publication?.kind === 'video' ? publication : undefined;
}

function mediaOf(
  publication: (TrackPublication & { readonly track: Track | undefined }) | undefined,
): PersonMedia | undefined {
  if (publication === undefined || publication.muted) return undefined;
  const track = publication.track;
  return { trackId: publication.trackId, track: track?.mediaStreamTrack === undefined ? undefined : track };
}
