import type { FastifyInstance } from 'fastify';
import type { Cidr } from '@madang/core/policy/cidr';
import { roomName } from '@madang/wire/state-shapes';
import { verifyAccessToken } from '../services/auth/access-token.js';
import type { SignalingServer } from '../services/signaling/signaling-server.js';
import { bearerToken } from './bearer-token.js';
import { clientAddress } from './client-address.js';

/** What who stands at the door of a room may know. */
type Door =
  | { readonly mayEnter: false; readonly code: 'unauthorized' | 'tokenExpired' }
  | {
      readonly mayEnter: true;
      /** How many are inside. */
      readonly count: number;
      readonly locked: boolean;
      readonly lobby: boolean;
      /** Who is inside, the first ones. */
      readonly names?: readonly string[];
    };

export interface RoomRouteOptions {
  readonly access: 'open' | 'token';
  readonly accessSecret: string;
  readonly signaling: Pick<SignalingServer, 'mayLook' | 'roomState'>;
  readonly trustedProxies: readonly Cidr[];
}

/**
 * GET /api/rooms/ROOM, with an access token as bearer token where there is one: whether one may enter, and how many are
 * inside. Names of rooms can be guessed (threat G9), so names of people are for those with a token of the room, and
 * for hosts alone while the room chooses whom it lets in. That one may not enter is an answer, not an error.
 */
export function addRoomRoute(app: FastifyInstance, options: RoomRouteOptions): void {
  app.get<{ Params: { room: string } }>('/api/rooms/:room', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    const { remoteAddress = '' } = request.socket;
    const address = clientAddress(remoteAddress, request.headers['x-forwarded-for'], options.trustedProxies);
    if (!options.signaling.mayLook(address)) {
      const error = 'This address asks too often. Wait a second.';
      return reply.code(429).header('retry-after', '1').send({ error });
    }
    const room = roomName(request.params.room);
    if (room === undefined) return reply.code(404).send({ error: 'No room can have this name.' });
    return reply.send(await doorOf(room, request.headers.authorization, options));
  });
}

async function doorOf(
  room: string,
  authorization: string | undefined,
  options: RoomRouteOptions,
): Promise<Door> {
  let role: 'host' | 'member' | 'viewer' | undefined;
  if (authorization !== undefined) {
    const result = await verifyAccessToken(bearerToken(authorization) ?? '', options.accessSecret);
    if (!result.ok) return { mayEnter: false, code: result.code };
    if (result.grant.room !== room) return { mayEnter: false, code: 'unauthorized' };
    role = result.grant.role;
  } else if (options.access === 'token') return { mayEnter: false, code: 'unauthorized' };
  const state = options.signaling.roomState(room);
  const { participants = [], locked = false, lobby = false } = state ?? {};
  const seesNames = role === 'host' || (role !== undefined && !locked && !lobby);
  return {
    mayEnter: true,
    count: participants.length,
    locked,
    lobby,
    ...(seesNames && { names: participants.slice(0, MOST_NAMES).map(({ name }) => name) }),
  };
}

const MOST_NAMES = 16;
