import type { ServerProcess } from '@madang/testkit/server-process';
import { TURN_PASSWORD, TURN_USER } from '@madang/testkit/server-process';
import { TurnClient } from '@madang/testkit/turn-client';
import type { TurnClientOptions } from '@madang/testkit/turn-client';
import { openTcpTransport, openTlsTransport, openUdpTransport } from '@madang/testkit/turn-transport';

export interface ConnectOptions extends Partial<
  Pick<TurnClientOptions, 'username' | 'password' | 'timeoutMs'>
> {
  readonly transport?: 'udp' | 'tcp' | 'tls';
  /** Address to come from. */
  readonly localAddress?: string;
}

/** A TURN client of a running server; with the credential every test server knows unless told otherwise. */
export async function connectClient(
  server: ServerProcess,
  options: ConnectOptions = {},
): Promise<TurnClient> {
  const { transport = 'udp', localAddress, ...rest } = options;
  const open = { udp: openUdpTransport, tcp: openTcpTransport, tls: openTlsTransport }[transport];
  const port = transport === 'tls' ? server.turnTlsPort : server.turnPort;
  const address = { host: server.host, port, ...(localAddress !== undefined && { localAddress }) };
  return new TurnClient({
    username: TURN_USER,
    password: TURN_PASSWORD,
    ...rest,
    transport: await open(address),
  });
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
