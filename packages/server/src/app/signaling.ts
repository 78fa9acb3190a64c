import { DEFAULT_ROOM_LIMITS } from '@madang/core/room/room-contract';
import type { Config } from '../config/resolve.js';
import { systemClock } from '../drivers/clock.js';
import type { Log } from '../observe/log.js';
import type { EndedIdentities } from '../services/auth/ended-identities.js';
import { RESUME_TOKEN_SECONDS } from '../services/auth/resume-token.js';
import { LoopLag } from '../services/signaling/loop-lag.js';
import { DEFAULT_SIGNALING_LIMITS } from '../services/signaling/signaling-limits.js';
import type { MediaService } from '../services/signaling/media-service.js';
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
  ended: EndedIdentities;
  sfu: MediaService | undefined;
}): SignalingServer {
  const { config, ended } = parts;
  const lag = LoopLag.watch();
  // What a participant was given last: TURN credentials, a resume token.
  const goodForSeconds = Math.max(config.credentialTtlSeconds, RESUME_TOKEN_SECONDS);
  return new SignalingServer({
    access: config.access,
    secret: parts.secret,
    rooms: config.roomsTotal,
    roomLimits: {
      ...DEFAULT_ROOM_LIMITS,
      participants: config.participantsPerRoom,
      joinsPerSecond: config.joinsPerSecondPerRoom,
    },
    limits: {
      ...DEFAULT_SIGNALING_LIMITS,
      connectionsPerSecond: config.connectionsPerSecond,
      connectionsPerAddress: config.connectionsPerAddress,
      newRoomsPerMinute: config.newRoomsPerMinute,
      overloadLagMs: config.overloadLagMs,
    },
    clock: systemClock,
    log: parts.log,
    isReady: parts.isReady,
    iceConfiguration: (room, participantId) => {
      const { iceServers, ttlSeconds } = parts.iceServers(turnIdentity(room, participantId));
      return { iceServers, iceServersExpireAt: (systemClock.wallClock() + ttlSeconds) * 1000 };
    },
    topologies: parts.sfu === undefined ? ['mesh'] : ['mesh', 'sfu'],
    media: parts.sfu,
    onGone: (room, participantId) => {
      const identity = turnIdentity(room, participantId);
      ended.note(identity, systemClock.wallClock() + goodForSeconds);
      parts.revoke(identity);
    },
    isGone: (room, participantId) => ended.has(turnIdentity(room, participantId)),
    loopLagMs: () => lag.lagMs,
  });
}

/** `room:participant` in ASCII, short enough for a TURN username whatever the room is called. */
export function turnIdentity(room: string, participantId: string): string {
  return `${encodeURIComponent(room).slice(0, 200)}:${participantId}`;
}
