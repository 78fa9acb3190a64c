/**
 * The head of a text in one WebSocket frame of a server, final and not masked (RFC 6455 section 5.2), for so many bytes
 * of UTF-8; each character stands for a byte (`latin1`).
 */
export function textFrameHead(length: number): string {
  if (length < 126) return FINAL_TEXT + String.fromCharCode(length);
  if (length < 65_536) return `${FINAL_TEXT}\x7e${String.fromCharCode(length >> 8, length & 0xff)}`;
  const bytes = [24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff);
  return `${FINAL_TEXT}\x7f\0\0\0\0${String.fromCharCode(...bytes)}`;
}

const FINAL_TEXT = '\x81';
