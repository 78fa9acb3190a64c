/** Linux error numbers the data plane tells apart (errno(3)); everything else is shown by number. */
export const Errno = {
  EPERM: 1,
  EINTR: 4,
  EIO: 5,
  EAGAIN: 11,
  EACCES: 13,
  EINVAL: 22,
  EMFILE: 24,
  EMSGSIZE: 90,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
} as const;

/** `EAGAIN` for 11; `errno 200` for a number without a name here. */
export function errnoName(errno: number): string {
  const found = Object.entries(Errno).find(([, number]) => number === errno);
  return found?.[0] ?? `errno ${errno}`;
}
