import type { RequestMessage, RequestType } from '@madang/wire/client-messages';
import type { ErrorCode } from '@madang/wire/error-codes';
import { WireLimit } from '@madang/wire/limits';
import { MEDIA_SERVER } from '@madang/wire/media-server';
import type { Unnumbered } from '@madang/wire/server-messages';
import type { Floor } from './floor.js';
import type { RoomParticipant } from './participant.js';
import type { MediaServerMessage } from './room-contract.js';

/** The one who asks, where, and when by the wall clock. */
export interface Asking {
  readonly floor: Floor;
  readonly one: RoomParticipant;
  readonly wallClockMs: number;
}

/** What came of a request: `ok` is answered, `silent` is not (yet), anything else is the code of its refusal. */
export type Outcome = 'ok' | 'silent' | ErrorCode;

type RequestOf<T extends RequestType> = Extract<RequestMessage, { type: T }>;

/** Carries out a request its sender may make. */
export function carryOut(asking: Asking, message: RequestMessage): Outcome {
  const handler = HANDLERS[message.type] as (asking: Asking, message: RequestMessage) => Outcome;
  return handler(asking, message);
}

const HANDLERS: { readonly [T in RequestType]: (asking: Asking, message: RequestOf<T>) => Outcome } = {
  leave: ({ floor, one }) => {
    floor.remove(one, 'left', 'left');
    return 'silent';
  },

  offer: (asking, message) => {
    const { to, sdp, connection } = message;
    if (to === MEDIA_SERVER) return askMediaServer(asking, message);
    return relay(asking, to, (from) => ({ type: 'offer', from, sdp, ...(connection && { connection }) }));
  },

  answer: (asking, message) => {
    const { to, sdp, connection } = message;
    if (to === MEDIA_SERVER) return askMediaServer(asking, message);
    return relay(asking, to, (from) => ({ type: 'answer', from, sdp, ...(connection && { connection }) }));
  },

  candidate: (asking, message) => {
    const { type, id: _id, ack: _ack, to, ...rest } = message;
    if (to === MEDIA_SERVER) return askMediaServer(asking, message);
    return relay(asking, to, (from) => ({ type, from, ...rest }));
  },

  receive: (asking, message) => askMediaServer(asking, message),

  publish: ({ floor, one }, { track }) => {
    if (!one.hasTrack(track.trackId) && one.tracks.length >= WireLimit.tracksPerParticipant) {
      return 'limitReached';
    }
    one.putTrack(track);
    floor.tellChanged(one);
    return 'ok';
  },

  unpublish: ({ floor, one }, { trackId }) => {
    if (!one.hasTrack(trackId)) return 'notFound';
    one.dropTrack(trackId);
    floor.tellChanged(one);
    return 'ok';
  },

  chat: ({ floor, one, wallClockMs }, { text, to }) => {
    const { participantId: from, name } = one;
    const receiver = to === undefined ? undefined : floor.findPresent(to);
    if (to !== undefined && (receiver === undefined || receiver === one)) return 'notFound';
    const chat = floor.chat.add({ from, name, text, sentAt: wallClockMs, ...(to && { to }) });
    if (receiver === undefined) floor.broadcast({ type: 'chat', chat });
    else for (const reader of [receiver, one]) floor.tell(reader, { type: 'chat', chat });
    return 'ok';
  },

  raiseHand: ({ floor, one }, { raised }) => {
    if (one.handRaised === raised) return 'ok';
    one.handRaised = raised;
    floor.tellChanged(one);
    return 'ok';
  },

  refreshIceServers: ({ floor, one }) => {
    const { name, host } = floor.options;
    floor.tell(one, { type: 'iceServers', ...host.iceConfiguration(name, one.participantId) });
    return 'ok';
  },

  renewToken: ({ floor, one }, { id, token }) => {
    // Who came with a name alone stays as long as it likes.
    if (one.access === undefined) return 'forbidden';
    floor.effect({ kind: 'checkToken', participantId: one.participantId, id, token });
    return 'silent';
  },

  requestMute: ({ floor, one }, { participantId, kind }) => {
    const target = floor.findPresent(participantId);
    if (target === undefined || target === one) return 'notFound';
    floor.tell(target, { type: 'muteRequested', by: one.participantId, kind });
    return 'ok';
  },

  remove: ({ floor, one }, { participantId }) => {
    const target = floor.findPresent(participantId);
    if (target === undefined || target === one) return 'notFound';
    floor.remove(target, 'removed', 'removed');
    return 'ok';
  },

  setRole: ({ floor }, { participantId, role }) => {
    const target = floor.findPresent(participantId);
    if (target === undefined) return 'notFound';
    if (target.role === role) return 'ok';
    const isOnlyHost = ![...floor.present()].some((one) => one.role === 'host' && one !== target);
    if (isOnlyHost) return 'forbidden';
    const wasHost = target.role === 'host';
    target.role = role;
    if (role === 'viewer') target.tracks = [];
    floor.tellChanged(target);
    if (wasHost || role === 'host') {
      floor.tell(target, { type: 'lobbyChanged', waiting: role === 'host' ? floor.waiting() : [] });
    }
    floor.renewToken(target);
    return 'ok';
  },

  lock: ({ floor }, { locked }) => {
    if (floor.settings.locked !== locked) floor.change({ locked });
    return 'ok';
  },

  setLobby: ({ floor }, { enabled }) => {
    if (floor.settings.lobby !== enabled) floor.change({ lobby: enabled });
    if (!enabled) {
      const waiting = floor.waiting();
      for (const { participantId } of waiting) floor.admit(floor.people.get(participantId)!);
      if (waiting.length > 0) floor.tellLobbyChanged();
    }
    return 'ok';
  },

  admit: ({ floor }, { participantId }) => {
    const target = floor.people.get(participantId);
    if (target?.place !== 'lobby') return 'notFound';
    floor.admit(target);
    floor.tellLobbyChanged();
    return 'ok';
  },

  deny: ({ floor }, { participantId }) => {
    const target = floor.people.get(participantId);
    if (target?.place !== 'lobby') return 'notFound';
    floor.remove(target, 'removed', 'denied');
    return 'ok';
  },

  setTopology: ({ floor }, { topology }) => {
    if (!floor.options.topologies.includes(topology)) return 'topologyUnavailable';
    if (floor.settings.topology !== topology) floor.change({ topology });
    return 'ok';
  },
};

/** Passes something on to the media server, where it carries the media of the room. */
function askMediaServer({ floor, one }: Asking, message: MediaServerMessage): Outcome {
  if (floor.settings.topology === 'mesh') return 'topologyUnavailable';
  const { participantId } = one;
  floor.effect({ kind: 'mediaMessage', room: floor.options.name, participantId, message });
  return 'silent';
}

/** Sends something to another participant of the room, stamped with the sender's id; posted, as `isPosted` says. */
function relay({ floor, one }: Asking, to: string, message: (from: string) => Unnumbered): Outcome {
  const receiver = floor.findPresent(to);
  if (receiver === undefined || receiver === one) return 'notFound';
  floor.tell(receiver, message(one.participantId));
  return 'silent';
}
