import { DEFAULT_ROOM_LIMITS } from '@madang/core/room/room-contract';
import type { Config } from '../config/resolve.js';
import { systemClock } from '../drivers/clock.js';
import type { Log } from '../observe/log.js';
import { DEFAULT_SIGNALING_LIMITS } from '../services/signaling/signaling-limits.js';
import { SignalingServer } from '../services/signaling/signaling-server.js';
import type { IceServers } from '../services/turn/ice-servers.js';

/** Puts signaling together with the configuration, TURN and its secrets. */
export function createSignaling(parts: {
  config: Config;
  secret: string;
  log: Log;
  isReady: () => boolean;
  iceServers: (identity: string) => IceServers;
  revoke: (identity: string) => void;
}): SignalingServer {
  const { config } = parts;
  // A participant's room does not change, and TURN is told the two as one name.
  const identities = new Map<string, string>();
  return new SignalingServer({
    access: config.access,
    secret: parts.secret,
    rooms: config.roomsTotal,
    roomLimits: { ...DEFAULT_ROOM_LIMITS, participants: config.participantsPerRoom },
    limits: {
      ...DEFAULT_SIGNALING_LIMITS,
      connectionsPerSecond: config.connectionsPerSecond,
      connectionsPerAddress: config.connectionsPerAddress,
      newRoomsPerMinute: config.newRoomsPerMinute,
    },
    clock: systemClock,
    log: parts.log,
    isReady: parts.isReady,
    iceConfiguration: (room, participantId) => {
      const identity = turnIdentity(room, participantId);
      identities.set(participantId, identity);
      const { iceServers, ttlSeconds } = parts.iceServers(identity);
      return { iceServers, iceServersExpireAt: (systemClock.wallClock() + ttlSeconds) * 1000 };
    },
    onGone: (participantId) => {
      const identity = identities.get(participantId);
      if (identity === undefined) return;
      identities.delete(participantId);
      parts.revoke(identity);
    },
  });
}

/** `room:participant` in ASCII, short enough for a TURN username whatever the room is called. */
export function turnIdentity(room: string, participantId: string): string {
  return `${encodeURIComponent(room).slice(0, 200)}:${participantId}`;
}
