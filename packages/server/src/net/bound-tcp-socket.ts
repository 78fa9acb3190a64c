import type { TransportAddress } from '@madang/core/path/transport-address';
import { errnoName } from '../native/libc/errno.js';
import { bindTcpSocket } from '../native/libc/socket.js';

export type BoundTcpSocket =
  | { readonly ok: true; readonly fd: number }
  /** `code` is the errno name (EADDRINUSE, EMFILE, ...). */
  | { readonly ok: false; readonly code: string };

/**
 * A TCP socket bound to an address that others may be bound to as well (SO_REUSEPORT before bind, which Node cannot
 * ask for): a relayed address of RFC 6062 listens and connects from the same port. Linux only.
 */
export function openBoundTcpSocket(address: TransportAddress): BoundTcpSocket {
  const result = bindTcpSocket(address);
  return result.ok ? result : { ok: false, code: errnoName(result.errno) };
}
