/** A request is refused with this STUN error code. */
export interface Rejection {
  readonly kind: 'reject';
  readonly code: number;
  /** 420: the types listed in UNKNOWN-ATTRIBUTES. */
  readonly unknownAttributes?: readonly number[];
}

/** The answer that says no. What the code needs besides itself (REALM and NONCE for 401 and 438) the writer adds. */
export function reject(code: number): Rejection {
  return { kind: 'reject', code };
}

/** 420 with the types that were not understood. */
export function rejectUnknown(types: readonly number[]): Rejection {
  return { kind: 'reject', code: 420, unknownAttributes: types };
}
