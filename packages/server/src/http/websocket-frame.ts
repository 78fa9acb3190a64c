/** Opcodes of RFC 6455 section 5.2. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/**
 * The head of a text in one WebSocket frame of a server, final and not masked (RFC 6455 section 5.2), for so many bytes
 * of UTF-8; each character stands for a byte (`latin1`), here and below.
 */
export function textFrameHead(length: number): string {
  if (length < 126) return FINAL_TEXT + String.fromCharCode(length);
  if (length < 65_536) return `${FINAL_TEXT}\x7e${String.fromCharCode(length >> 8, length & 0xff)}`;
  const bytes = [24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff);
  return `${FINAL_TEXT}\x7f\0\0\0\0${String.fromCharCode(...bytes)}`;
}

/** A frame that ends the connection; without a code where none was given. */
export function closeFrame(code: number | undefined): string {
  if (code === undefined) return '\x88\0';
  return `\x88\x02${String.fromCharCode(code >> 8, code & 0xff)}`;
}

/** The answer to a ping with that payload, of at most 125 bytes. */
export function pongFrame(payload: string): string {
  return `\x8a${String.fromCharCode(payload.length)}${payload}`;
}

export const PING_FRAME = '\x89\0';

const FINAL_TEXT = '\x81';
