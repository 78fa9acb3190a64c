import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectUnixSocket, receiveDescriptors, sendDescriptors } from '../native/libc/descriptor-passing.js';
import { Errno } from '../native/libc/errno.js';
import { closeDescriptor } from '../native/libc/socket.js';

/** A connection to another process of this machine, and the open sockets that came through it. */
export interface SocketGift {
  readonly connection: Socket;
  /** Whoever has them closes them: `closeSockets`. */
  readonly descriptors: readonly number[];
}

/** Gives copies of open sockets to the process at the other end of a Unix socket; false when it is gone. */
export function giveSockets(connection: Socket, descriptors: readonly number[]): boolean {
  const { fd } = (connection as unknown as { _handle?: { fd?: number } })._handle ?? {};
  return fd !== undefined && fd >= 0 && sendDescriptors(fd, descriptors);
}

/**
 * Connects to a Unix socket and takes the sockets its owner gives. `nobody`: no process listens there any more;
 * `nothing`: the owner gave none within `withinMs`, or the path cannot be reached.
 */
export async function receiveSockets(
  path: string,
  withinMs: number,
): Promise<SocketGift | 'nobody' | 'nothing'> {
  const connected = connectUnixSocket(path);
  if (!connected.ok) return connected.errno === Errno.ECONNREFUSED ? 'nobody' : 'nothing';
  const descriptors = await receiveAll(connected.fd, withinMs);
  if (descriptors === undefined) {
    closeDescriptor(connected.fd);
    return 'nothing';
  }
  // Only now: what Node reads of a Unix socket loses the descriptors that came with it.
  return { connection: new Socket({ fd: connected.fd, readable: true, writable: true }), descriptors };
}

export function closeSockets(descriptors: readonly number[]): void {
  descriptors.forEach(closeDescriptor);
}

async function receiveAll(fd: number, withinMs: number): Promise<number[] | undefined> {
  const all: number[] = [];
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const part = receiveDescriptors(fd);
    if (part === 'later') {
      await sleep(POLL_MS);
      continue;
    }
    if (part === 'closed') break;
    all.push(...part.descriptors);
    if (part.partsLeft === 0) return all;
  }
  closeSockets(all);
  return undefined;
}

const POLL_MS = 5;
