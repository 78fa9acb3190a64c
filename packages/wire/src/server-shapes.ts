import { END_REASONS, ERROR_CODES } from './error-codes.js';
import { boolean, integer, list, object, optional, required, text, word } from './json-shape.js';
import type { Read } from './json-shape.js';
import { WireLimit } from './limits.js';
import { MEDIA_DIRECTIONS } from './media-server.js';
import type { ServerMessage, ServerMessageType, ErrorMessage } from './server-messages.js';
import {
  chat,
  iceServers,
  identifier,
  kind,
  mediaSections,
  participant,
  room,
  roomName,
  sequence,
  topology,
  trackReferences,
  waiting,
} from './state-shapes.js';

type MessageOf<T extends ServerMessageType> = T extends 'error'
  ? ErrorMessage
  : Extract<ServerMessage, { type: T }>;

const type = <T extends ServerMessageType>(name: T) => required(word([name]));
const seq = required(integer(1));
const lastRequestId = optional(integer(1));
/** What all numbered messages have. */
const NUMBERS = { seq, lastRequestId };
const version = required(integer(0));
const resumeToken = required(text(1, WireLimit.token));
const participantId = required(identifier);
const description = {
  ...NUMBERS,
  from: required(identifier),
  sdp: required(text(0, WireLimit.sdpMessageBytes)),
  connection: optional(identifier),
};

/** The reader of every message a server may send. */
export const SERVER_SHAPES: { readonly [T in ServerMessageType]: Read<MessageOf<T>> } = {
  joined: object<MessageOf<'joined'>>({
    type: type('joined'),
    ...NUMBERS,
    version,
    participantId,
    resumeToken,
    room: required(room),
    chat: required(list(chat, WireLimit.chatHistory)),
    restored: required(boolean),
    iceServers: required(iceServers),
    iceServersExpireAt: required(integer(0)),
  }),
  waiting: object<MessageOf<'waiting'>>({
    type: type('waiting'),
    ...NUMBERS,
    version,
    participantId,
    resumeToken,
    roomName: required(roomName),
    restored: required(boolean),
  }),
  resumed: object<MessageOf<'resumed'>>({
    type: type('resumed'),
    version,
    participantId,
    resumeToken,
    lastRequestId: required(sequence),
  }),
  resumeToken: object<MessageOf<'resumeToken'>>({ type: type('resumeToken'), resumeToken }),
  pong: object<MessageOf<'pong'>>({ type: type('pong'), lastRequestId: required(sequence) }),
  ok: object<MessageOf<'ok'>>({ type: type('ok'), ...NUMBERS, re: required(integer(1)) }),
  error: object<ErrorMessage>({
    type: type('error'),
    code: required(word(ERROR_CODES)),
    message: required(text(0, 1024)),
    re: optional(integer(1)),
    seq: optional(integer(1)),
    lastRequestId,
  }),
  participantJoined: object<MessageOf<'participantJoined'>>({
    type: type('participantJoined'),
    ...NUMBERS,
    participant: required(participant),
  }),
  participantLeft: object<MessageOf<'participantLeft'>>({
    type: type('participantLeft'),
    ...NUMBERS,
    participantId,
    reason: required(word(['left', 'lost', 'removed'])),
  }),
  participantChanged: object<MessageOf<'participantChanged'>>({
    type: type('participantChanged'),
    ...NUMBERS,
    participant: required(participant),
  }),
  roomChanged: object<MessageOf<'roomChanged'>>({
    type: type('roomChanged'),
    ...NUMBERS,
    locked: required(boolean),
    lobby: required(boolean),
    topology: required(topology),
  }),
  lobbyChanged: object<MessageOf<'lobbyChanged'>>({
    type: type('lobbyChanged'),
    ...NUMBERS,
    waiting: required(waiting),
  }),
  offer: object<MessageOf<'offer'>>({ type: type('offer'), ...description, media: optional(mediaSections) }),
  answer: object<MessageOf<'answer'>>({ type: type('answer'), ...description }),
  candidate: object<MessageOf<'candidate'>>({
    type: type('candidate'),
    ...NUMBERS,
    from: required(identifier),
    candidate: required(text(0, WireLimit.candidate)),
    sdpMid: optional(text(0, WireLimit.identifier)),
    sdpMLineIndex: optional(integer(0, 65_535)),
    usernameFragment: optional(text(0, 256)),
    connection: optional(identifier),
  }),
  encodingsWanted: object<MessageOf<'encodingsWanted'>>({
    type: type('encodingsWanted'),
    ...NUMBERS,
    trackId: required(identifier),
    rids: required(list(text(0, 16), 8)),
  }),
  videosWithheld: object<MessageOf<'videosWithheld'>>({
    type: type('videosWithheld'),
    ...NUMBERS,
    withheld: required(trackReferences),
    released: required(trackReferences),
  }),
  mediaRefused: object<MessageOf<'mediaRefused'>>({
    type: type('mediaRefused'),
    ...NUMBERS,
    connection: required(word(MEDIA_DIRECTIONS)),
    reason: required(text(0, 1024)),
  }),
  mediaRestart: object<MessageOf<'mediaRestart'>>({
    type: type('mediaRestart'),
    ...NUMBERS,
    connection: required(word(MEDIA_DIRECTIONS)),
  }),
  chat: object<MessageOf<'chat'>>({ type: type('chat'), ...NUMBERS, chat: required(chat) }),
  muteRequested: object<MessageOf<'muteRequested'>>({
    type: type('muteRequested'),
    ...NUMBERS,
    by: required(identifier),
    kind: required(kind),
  }),
  iceServers: object<MessageOf<'iceServers'>>({
    type: type('iceServers'),
    ...NUMBERS,
    iceServers: required(iceServers),
    iceServersExpireAt: required(integer(0)),
  }),
  ended: object<MessageOf<'ended'>>({ type: type('ended'), reason: required(word(END_REASONS)) }),
};

/** Every type of message a server may send. */
export const SERVER_MESSAGE_TYPES = Object.keys(SERVER_SHAPES) as ServerMessageType[];
