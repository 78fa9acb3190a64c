/** Why an ICE agent took no notice of a STUN message. Small integers: they index a counter array. */
export const ICE_DROP_REASONS = [
  'ice_unknown_username',
  'ice_no_fingerprint',
  'ice_wrong_integrity',
  'ice_unknown_transaction',
  'ice_error_response',
  'ice_path_refused',
  'ice_over_budget',
] as const;

export type IceDropReasonName = (typeof ICE_DROP_REASONS)[number];
export type IceDropReason = number & { readonly __brand: 'ice-drop-reason' };

/** Drop reasons by name: `IceDropReason.ice_wrong_integrity`. */
export const IceDropReason = Object.fromEntries(
  ICE_DROP_REASONS.map((name, index) => [name, index]),
) as Record<IceDropReasonName, IceDropReason>;
