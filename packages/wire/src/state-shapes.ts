import { boolean, displayName, integer, list, object, optional, required, text, word } from './json-shape.js';
import { WireLimit } from './limits.js';
import type { MediaSection, ReceivePreference, TrackReference } from './media-server.js';
import { ROLES, TOPOLOGIES, TRACK_KINDS, TRACK_SOURCES } from './room-state.js';
import type {
  ChatMessage,
  IceServer,
  Participant,
  RoomState,
  TrackInfo,
  WaitingPerson,
} from './room-state.js';

export const identifier = text(1, WireLimit.identifier);
export const personName = displayName(WireLimit.name);
export const roomName = displayName(WireLimit.roomName);
export const role = word(ROLES);
export const kind = word(TRACK_KINDS);
export const topology = word(TOPOLOGIES);
export const sequence = integer(0);

export const track = object<TrackInfo>({
  trackId: required(identifier),
  kind: required(kind),
  source: required(word(TRACK_SOURCES)),
  muted: required(boolean),
  mid: optional(identifier),
  label: optional(text(0, WireLimit.label)),
});

export const receivePreference = object<ReceivePreference>({
  participantId: required(identifier),
  trackId: required(identifier),
  paused: optional(boolean),
  width: optional(integer(0, WireLimit.pixels)),
  height: optional(integer(0, WireLimit.pixels)),
  pinned: optional(boolean),
});

export const trackReferences = list(
  object<TrackReference>({ participantId: required(identifier), trackId: required(identifier) }),
  WireLimit.receivePreferences,
);

export const mediaSections = list(
  object<MediaSection>({
    mid: required(identifier),
    participantId: required(identifier),
    trackId: required(identifier),
  }),
  WireLimit.mediaSections,
);

export const tracks = list(track, WireLimit.tracksPerParticipant);

export const participant = object<Participant>({
  participantId: required(identifier),
  name: required(personName),
  role: required(role),
  handRaised: required(boolean),
  tracks: required(tracks),
});

export const waiting = list(
  object<WaitingPerson>({ participantId: required(identifier), name: required(personName) }),
  WireLimit.waiting,
);

export const room = object<RoomState>({
  name: required(roomName),
  locked: required(boolean),
  lobby: required(boolean),
  topology: required(topology),
  participants: required(list(participant, WireLimit.participants)),
  waiting: required(waiting),
});

export const chat = object<ChatMessage>({
  chatId: required(integer(1)),
  from: required(identifier),
  name: required(personName),
  text: required(text(1, WireLimit.chatText)),
  sentAt: required(integer(0)),
  to: optional(identifier),
});

export const iceServers = list(
  object<IceServer>({
    urls: required(list(text(1, 1024), WireLimit.urlsPerIceServer)),
    username: optional(text(0, 1024)),
    credential: optional(text(0, 1024)),
  }),
  WireLimit.iceServers,
);
