import type { Track } from '../../sdk.js';

/** Whether the own picture is to be shown as in a mirror: not what a phone's other camera sees of the world. */
export function isMirrored(track: Track | undefined, wanted: boolean): boolean {
  return wanted && track?.mediaStreamTrack?.getSettings().facingMode !== 'environment';
}
