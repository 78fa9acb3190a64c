/** What both servers are started with. */
export interface ServerOptions {
  readonly cpu: number;
  readonly relayPorts: readonly [first: number, last: number];
}

export const CREDENTIAL = { username: 'u', password: 'p' };

/** Below the kernel's own range, and apart, so that both servers can run at a time. Each holds 10,000 allocations. */
export const RELAY_PORTS = {
  coturn: [10_240, 21_239],
  madang: [21_240, 32_239],
} as const;
