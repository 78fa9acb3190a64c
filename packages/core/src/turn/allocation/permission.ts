import type { Instant } from '../../time/instant.js';
import { after } from '../../time/instant.js';
import { NOT_SCHEDULED } from '../../time/timer-wheel.js';
import type { TurnState } from '../turn-state.js';
import { releaseUnboundPeers } from './peer-path.js';
import type { Allocation } from './records.js';
import { Permission } from './records.js';

/**
 * The permission for a peer address given as big-endian words (see `wordsOfAddress` and `Arrival.words`), expired
 * ones included. There are few per allocation, so a walk beats a map in time and memory. Allocates nothing.
 */
export function findPermission(
  allocation: Allocation,
  family: number,
  words: ArrayLike<number>,
): Permission | undefined {
  const permissions = allocation.permissions;
  if (permissions === null) return undefined;
  const word0 = words[0]! | 0;
  for (let i = 0; i < permissions.length; i++) {
    const permission = permissions[i]!;
    if (permission.word0 !== word0 || permission.family !== family) continue;
    if (family === 4) return permission;
    if (
      permission.word1 === (words[1]! | 0) &&
      permission.word2 === (words[2]! | 0) &&
      permission.word3 === (words[3]! | 0)
    ) {
      return permission;
    }
  }
  return undefined;
}

/** Installs or refreshes a permission for 300 s; undefined when the allocation has as many as it may. */
export function installPermission(
  turn: TurnState,
  now: Instant,
  allocation: Allocation,
  family: number,
  words: ArrayLike<number>,
): Permission | undefined {
  let permission = findPermission(allocation, family, words);
  if (permission === undefined) {
    const permissions = allocation.permissions;
    if ((permissions?.length ?? 0) >= turn.limits.maximumPermissionsPerAllocation) return undefined;
    permission = new Permission(allocation, family, words);
    // A literal has room for one; the first push onto an empty array makes room for seventeen.
    if (permissions === null) allocation.permissions = [permission];
    else permissions.push(permission);
  }
  permission.expiresAt = after(now, turn.limits.permissionLifetimeSeconds * 1000);
  turn.wheel.schedule(permission, now, permission.expiresAt);
  return permission;
}

/** The time of a permission is over: peers without a channel are forgotten with it. */
export function expirePermission(turn: TurnState, permission: Permission): void {
  releaseUnboundPeers(turn, permission);
  forgetPermissionIfUnused(permission);
}

/** Drops the object when it neither permits anything nor is needed by a channel. */
export function forgetPermissionIfUnused(permission: Permission): void {
  if (permission.channelCount > 0 || permission.timerSlot !== NOT_SCHEDULED) return;
  const permissions = permission.allocation.permissions;
  if (permissions === null) return;
  const index = permissions.indexOf(permission);
  if (index < 0) return;
  permissions[index] = permissions[permissions.length - 1]!;
  permissions.pop();
}

/** Big-endian words of an address in network order, into a reused array. */
export function wordsOfAddress(family: number, bytes: Uint8Array): Int32Array {
  const count = family === 4 ? 1 : 4;
  for (let i = 0; i < count; i++) {
    const at = i * 4;
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  return words;
}

const words = new Int32Array(4);
