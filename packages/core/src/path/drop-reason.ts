/**
 * Why a message was dropped without an answer. Small integers (they index a counter array); `DROP_REASONS` has the
 * name under which each is exported in `madang_drops_total{reason=...}`. Add a reason at the end of the list.
 */
export const DROP_REASONS = [
  'not_stun_or_channel_data',
  'stun_truncated',
  'stun_bad_cookie',
  'stun_bad_length',
  'stun_bad_attribute',
  'stun_bad_fingerprint',
  'stun_unexpected_class',
  'stun_rate_limited',
  'unauthenticated_reply_rate_limited',
  'channel_data_truncated',
  'channel_data_no_allocation',
  'channel_not_bound',
  'indication_no_allocation',
  'indication_malformed',
  'peer_not_permitted',
  'peer_address_denied',
  'peer_family_mismatch',
  'peer_datagram_no_allocation',
  'bandwidth_exceeded',
  'path_table_full',
  'dont_fragment_unsupported',
  'stream_congested',
  'peer_datagram_too_large',
] as const;

export type DropReasonName = (typeof DROP_REASONS)[number];
export type DropReason = number & { readonly __brand: 'drop-reason' };

/** Drop reasons by name: `DropReason.channel_not_bound`. */
export const DropReason = Object.fromEntries(DROP_REASONS.map((name, index) => [name, index])) as Record<
  DropReasonName,
  DropReason
>;
