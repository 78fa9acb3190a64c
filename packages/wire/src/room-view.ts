import { WireLimit } from './limits.js';
import type { ChatMessage, RoomState } from './room-state.js';
import type { ServerMessage } from './server-messages.js';

/** What a participant knows of its room. */
export interface RoomView {
  readonly room: RoomState;
  readonly chat: readonly ChatMessage[];
}

/** The view after a server's message; the same object when the message does not change it. */
export function applyToView(view: RoomView | undefined, message: ServerMessage): RoomView | undefined {
  if (message.type === 'joined') return { room: message.room, chat: message.chat };
  if (view === undefined) return undefined;
  const { room } = view;
  const { participants } = room;
  switch (message.type) {
    case 'participantJoined':
      return { ...view, room: { ...room, participants: [...participants, message.participant] } };
    case 'participantLeft': {
      const left = participants.filter((one) => one.participantId !== message.participantId);
      return { ...view, room: { ...room, participants: left } };
    }
    case 'participantChanged': {
      const { participant } = message;
      const changed = participants.map((one) =>
        one.participantId === participant.participantId ? participant : one,
      );
      return { ...view, room: { ...room, participants: changed } };
    }
    case 'roomChanged': {
      const { locked, lobby, topology } = message;
      return { ...view, room: { ...room, locked, lobby, topology } };
    }
    case 'lobbyChanged':
      return { ...view, room: { ...room, waiting: message.waiting } };
    case 'chat':
      return { ...view, chat: [...view.chat, message.chat].slice(-WireLimit.chatHistory) };
    default:
      return view;
  }
}
