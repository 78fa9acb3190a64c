import { readFileSync, writeFileSync } from 'node:fs';
import { allocateSlab, libc } from '@madang/server/native/ffi';
import { closeDescriptor, setSocketOption } from '@madang/server/native/libc/socket';

/**
 * A packet socket on the loopback interface: what is sent is a whole Ethernet frame, so the kernel routes, checks and
 * copies less for each packet than for a UDP socket, and one core generates a quarter more. The receiver sees ordinary
 * datagrams. While it is open, `net.ipv4.conf.lo.route_localnet` is 1: packets that were not routed on their way out
 * are routed when they come in.
 */
export interface FrameSocket {
  readonly fd: number;
  close(): void;
}

/** Opens one, or says undefined where the process may not (it takes root). */
export function openFrameSocket(): FrameSocket | undefined {
  const before = readSetting();
  if (before === undefined || !writeSetting('1')) return undefined;
  const restore = (): void => {
    writeSetting(before);
  };
  const fd = bindToLoopback();
  if (fd < 0) {
    restore();
    return undefined;
  }
  process.once('exit', restore);
  return {
    fd,
    close: () => {
      process.off('exit', restore);
      restore();
      closeDescriptor(fd);
    },
  };
}

function bindToLoopback(): number {
  const socket = libc().func<(domain: number, type: number, protocol: number) => number>(
    'int socket(int domain, int type, int protocol)',
  );
  const bind = libc().func<(fd: number, address: number, length: number) => number>(
    'int bind(int fd, void *address, uint32_t length)',
  );
  // Protocol 0: the socket sends and never receives.
  const fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  const address = allocateSlab(4096);
  address.buffer.writeUInt16LE(AF_PACKET, 0);
  address.buffer.writeInt32LE(LOOPBACK_INDEX, 4);
  if (
    bind(fd, address.address, SOCKADDR_LL_BYTES) < 0 ||
    !setSocketOption(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1)
  ) {
    closeDescriptor(fd);
    return -1;
  }
  setSocketOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, 8 * 1024 * 1024);
  return fd;
}

function readSetting(): string | undefined {
  try {
    return readFileSync(ROUTE_LOCALNET, 'utf8');
  } catch {
    return undefined;
  }
}

function writeSetting(value: string): boolean {
  try {
    writeFileSync(ROUTE_LOCALNET, value);
    return true;
  } catch {
    return false;
  }
}

const ROUTE_LOCALNET = '/proc/sys/net/ipv4/conf/lo/route_localnet';
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
const SOCKADDR_LL_BYTES = 20;
const LOOPBACK_INDEX = 1;
