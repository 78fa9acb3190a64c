import type { RoomEffect } from '@madang/core/room/room-contract';
import type { Instant } from '@madang/core/time/instant';
import type { Session } from './session.js';

/** Where the effects of rooms go. */
export interface ExecutorPorts {
  readonly session: (connection: number) => Session | undefined;
  /** An access token is to be read; the room waits for `tokenChecked`. */
  readonly onCheckToken: (request: Extract<RoomEffect, { kind: 'checkToken' }>) => void;
  readonly onMediaMessage: (said: Extract<RoomEffect, { kind: 'mediaMessage' }>) => void;
  readonly onMediaChanged: (room: string) => void;
  /** A participant is gone for good. */
  readonly onGone: (room: string, participantId: string) => void;
}

/** Does what rooms want done. */
export function execute(now: Instant, effects: readonly RoomEffect[], ports: ExecutorPorts): void {
  for (const effect of effects) {
    switch (effect.kind) {
      case 'send':
        ports.session(effect.connection)?.send(effect.text);
        break;
      case 'attach': {
        const session = ports.session(effect.connection);
        session?.attach(effect.participantId);
        break;
      }
      case 'close':
        ports.session(effect.connection)?.close(now, effect.closeCode);
        break;
      case 'checkToken':
        ports.onCheckToken(effect);
        break;
      case 'mediaMessage':
        ports.onMediaMessage(effect);
        break;
      case 'mediaChanged':
        ports.onMediaChanged(effect.room);
        break;
      case 'gone':
        ports.onGone(effect.room, effect.participantId);
        break;
      default:
        effect satisfies never;
    }
  }
}
