/** Who an allocation is counted for. */
export interface QuotaHolder {
  readonly username: string;
  /** The client's IP address in text; of an IPv6 address, the /64. */
  readonly address: string;
}

export type QuotaAnswer = 'granted' | 'userQuota' | 'addressQuota' | 'capacity';

/** Admits allocations. In one process it answers at once; between processes it is a round trip. */
export interface AllocationQuota {
  admit(holder: QuotaHolder, answer: (result: QuotaAnswer) => void): void;
  release(holder: QuotaHolder): void;
}
