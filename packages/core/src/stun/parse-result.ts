import { DropReason } from '../path/drop-reason.js';

/** Outcome of parsing a STUN message. `ok` is 0; everything else is a reason to drop without an answer. */
export const StunParseResult = {
  ok: 0,
  notStun: 1,
  truncated: 2,
  badCookie: 3,
  badLength: 4,
  badAttribute: 5,
  badFingerprint: 6,
} as const;
export type StunParseResult = (typeof StunParseResult)[keyof typeof StunParseResult];

/** The counter under which a failed parse is dropped. Must not be called with `ok`. */
export function dropReasonOf(result: StunParseResult): DropReason {
  return REASONS[result]!;
}

const REASONS: readonly (DropReason | undefined)[] = [
  undefined,
  DropReason.not_stun_or_channel_data,
  DropReason.stun_truncated,
  DropReason.stun_bad_cookie,
  DropReason.stun_bad_length,
  DropReason.stun_bad_attribute,
  DropReason.stun_bad_fingerprint,
];
