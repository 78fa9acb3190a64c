/**
 * Whether an Opus packet says that there is nothing to hear (discontinuous transmission, RFC 6716 section 3.1): frames
 * that are empty or of one byte next to the first byte.
 */
export function isOpusSilence(length: number): boolean {
  return length <= 2;
}

/**
 * How long an Opus packet plays, in samples of 48 kHz; 0 where it is malformed (RFC 6716 sections 3.1 and 3.2: at most
 * 120 ms).
 */
export function opusDurationSamples(bytes: Uint8Array, offset: number, length: number): number {
  if (length < 1) return 0;
  const head = bytes[offset]!;
  const code = head & 3;
  let frames = 1;
  if (code === 3) frames = length < 2 ? 0 : bytes[offset + 1]! & 0x3f;
  else if (code !== 0) frames = 2;
  const samples = frames * frameSamples(head >> 3);
  return samples <= LONGEST_SAMPLES ? samples : 0;
}

/** By configuration number: SILK 10 to 60 ms, hybrid 10 and 20 ms, CELT 2.5 to 20 ms. */
function frameSamples(configuration: number): number {
  if (configuration >= 16) return 120 << (configuration & 3);
  if (configuration >= 12) return 480 << (configuration & 1);
  const size = configuration & 3;
  return size === 3 ? 2880 : 480 << size;
}

const LONGEST_SAMPLES = 5760;
