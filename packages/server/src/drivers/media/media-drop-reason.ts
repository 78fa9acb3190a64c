import { ICE_DROP_REASONS } from '@madang/core/ice/ice-drop-reason';
import type { SrtpDrop } from '@madang/core/srtp/srtp-receiver';

/** Why a media worker dropped what came, or could not send. Those of ICE come first. They index a counter array. */
export const MEDIA_DROP_REASONS = [
  ...ICE_DROP_REASONS,
  'stun_malformed',
  'stun_not_binding',
  'not_media',
  'unknown_path',
  'dtls_unexpected',
  'dtls_guarded',
  'dtls_handshake_limit',
  'ingress_limit',
  'media_too_early',
  'rtp_malformed',
  'srtp_auth',
  'srtp_replay',
  'srtp_too_old',
  'srtp_ssrc_limit',
  'srtp_short',
  'stream_congested',
] as const;

export type MediaDropReasonName = (typeof MEDIA_DROP_REASONS)[number];
export type MediaDropReason = number & { readonly __brand: 'media-drop-reason' };

/** Drop reasons by name: `MediaDropReason.srtp_replay`. */
export const MediaDropReason = Object.fromEntries(
  MEDIA_DROP_REASONS.map((name, index) => [name, index]),
) as Record<MediaDropReasonName, MediaDropReason>;

/** The reason under which what SRTP refused is counted. */
export const SRTP_DROP_REASONS: Readonly<Record<SrtpDrop, MediaDropReason>> = {
  auth: MediaDropReason.srtp_auth,
  replay: MediaDropReason.srtp_replay,
  tooOld: MediaDropReason.srtp_too_old,
  ssrcLimit: MediaDropReason.srtp_ssrc_limit,
  short: MediaDropReason.srtp_short,
};
