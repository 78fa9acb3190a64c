/** What is softer than this, in dB below the loudest there can be, counts as silence. */
const SILENCE_DB = -60;

/**
 * Loudness as people hear it, 0 (silence) to 1, of an amplitude of 0 to 1: the scale is logarithmic, -60 dBFS is 0 and
 * speech is about the middle.
 */
export function loudnessOf(amplitude: number): number {
  if (!(amplitude > 0)) return 0;
  const db = 20 * Math.log10(Math.min(amplitude, 1));
  return Math.max(0, 1 - db / SILENCE_DB);
}

/** Root mean square of samples of -1 to 1. */
export function rootMeanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}
