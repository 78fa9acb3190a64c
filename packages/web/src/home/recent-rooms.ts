import { signal } from '@preact/signals';
import { cleanRoomName } from './room-name.js';

/** A room one was in, with this browser. */
export interface RecentRoom {
  readonly room: string;
  /** When one last entered, in milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

export const KEPT_ROOMS = 6;
const KEY = 'madang.recentRooms';

/** Rooms one was in, newest first. */
export const recentRooms = signal<readonly RecentRoom[]>(parseRecentRooms(load()));

/** Puts a room to the front. */
export function rememberRoom(room: string, at: number): void {
  keep(withRoom(recentRooms.value, room, at));
}

export function forgetRoom(room: string): void {
  keep(recentRooms.value.filter((one) => one.room !== room));
}

/** The list with a room at its front, no longer than what is kept. */
export function withRoom(rooms: readonly RecentRoom[], room: string, at: number): readonly RecentRoom[] {
  return [{ room, at }, ...rooms.filter((one) => one.room !== room)].slice(0, KEPT_ROOMS);
}

/** Reads what was stored; what is not understood is left out. */
export function parseRecentRooms(text: string | null): readonly RecentRoom[] {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(stored) ? stored.filter(isRecentRoom).slice(0, KEPT_ROOMS) : [];
}

function isRecentRoom(value: unknown): value is RecentRoom {
  if (typeof value !== 'object' || value === null) return false;
  const { room, at } = value as Partial<Record<keyof RecentRoom, unknown>>;
  return (
    typeof room === 'string' && cleanRoomName(room) === room && typeof at === 'number' && Number.isFinite(at)
  );
}

function keep(rooms: readonly RecentRoom[]): void {
  recentRooms.value = rooms;
  try {
    localStorage.setItem(KEY, JSON.stringify(rooms));
  } catch {
    // Private windows and full storage: then they are remembered as long as the page lives.
  }
}

function load(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? null;
  } catch {
    return null;
  }
}
