import type { ClientMessage, ClientMessageType } from './client-messages.js';
import { boolean, integer, list, object, optional, required, text, word } from './json-shape.js';
import type { Read } from './json-shape.js';
import { WireLimit } from './limits.js';
import {
  identifier,
  kind,
  personName,
  receivePreference,
  role,
  roomName,
  sequence,
  topology,
  track,
  tracks,
} from './state-shapes.js';

type MessageOf<T extends ClientMessageType> = Extract<ClientMessage, { type: T }>;

const type = <T extends ClientMessageType>(name: T) => required(word([name]));
const REQUEST = { id: required(integer(1)), ack: optional(sequence) };
const target = { participantId: required(identifier) };
const description = {
  ...REQUEST,
  to: required(identifier),
  sdp: required(text(0, WireLimit.sdpMessageBytes)),
  connection: optional(identifier),
};

/** The reader of every message a client may send. */
export const CLIENT_SHAPES: { readonly [T in ClientMessageType]: Read<MessageOf<T>> } = {
  join: object<MessageOf<'join'>>({
    type: type('join'),
    version: required(integer(0)),
    room: required(roomName),
    name: optional(personName),
    token: optional(text(1, WireLimit.token)),
    role: optional(role),
    topology: optional(topology),
  }),
  resume: object<MessageOf<'resume'>>({
    type: type('resume'),
    version: required(integer(0)),
    resumeToken: required(text(1, WireLimit.token)),
    ack: required(sequence),
    tracks: optional(tracks),
    handRaised: optional(boolean),
  }),
  ping: object<MessageOf<'ping'>>({ type: type('ping'), ack: optional(sequence) }),
  leave: object<MessageOf<'leave'>>({ type: type('leave'), ...REQUEST }),
  offer: object<MessageOf<'offer'>>({ type: type('offer'), ...description }),
  answer: object<MessageOf<'answer'>>({ type: type('answer'), ...description }),
  candidate: object<MessageOf<'candidate'>>({
    type: type('candidate'),
    ...REQUEST,
    to: required(identifier),
    candidate: required(text(0, WireLimit.candidate)),
    sdpMid: optional(text(0, WireLimit.identifier)),
    sdpMLineIndex: optional(integer(0, 65_535)),
    usernameFragment: optional(text(0, 256)),
    connection: optional(identifier),
  }),
  receive: object<MessageOf<'receive'>>({
    type: type('receive'),
    ...REQUEST,
    tracks: required(list(receivePreference, WireLimit.receivePreferences)),
    lastN: optional(integer(0, WireLimit.participants)),
  }),
  publish: object<MessageOf<'publish'>>({ type: type('publish'), ...REQUEST, track: required(track) }),
  unpublish: object<MessageOf<'unpublish'>>({
    type: type('unpublish'),
    ...REQUEST,
    trackId: required(identifier),
  }),
  chat: object<MessageOf<'chat'>>({
    type: type('chat'),
    ...REQUEST,
    text: required(text(1, WireLimit.chatText)),
    to: optional(identifier),
  }),
  raiseHand: object<MessageOf<'raiseHand'>>({
    type: type('raiseHand'),
    ...REQUEST,
    raised: required(boolean),
  }),
  requestMute: object<MessageOf<'requestMute'>>({
    type: type('requestMute'),
    ...REQUEST,
    ...target,
    kind: required(kind),
  }),
  remove: object<MessageOf<'remove'>>({ type: type('remove'), ...REQUEST, ...target }),
  setRole: object<MessageOf<'setRole'>>({
    type: type('setRole'),
    ...REQUEST,
    ...target,
    role: required(role),
  }),
  lock: object<MessageOf<'lock'>>({ type: type('lock'), ...REQUEST, locked: required(boolean) }),
  setLobby: object<MessageOf<'setLobby'>>({ type: type('setLobby'), ...REQUEST, enabled: required(boolean) }),
  admit: object<MessageOf<'admit'>>({ type: type('admit'), ...REQUEST, ...target }),
  deny: object<MessageOf<'deny'>>({ type: type('deny'), ...REQUEST, ...target }),
  setTopology: object<MessageOf<'setTopology'>>({
    type: type('setTopology'),
    ...REQUEST,
    topology: required(topology),
  }),
  refreshIceServers: object<MessageOf<'refreshIceServers'>>({ type: type('refreshIceServers'), ...REQUEST }),
  renewToken: object<MessageOf<'renewToken'>>({
    type: type('renewToken'),
    ...REQUEST,
    token: required(text(1, WireLimit.token)),
  }),
};

/** Every type of message a client may send. */
export const CLIENT_MESSAGE_TYPES = Object.keys(CLIENT_SHAPES) as ClientMessageType[];
