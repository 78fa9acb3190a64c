import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What an upgrade is answered with: the text that accepts it, or a status and why. */
export type Handshake =
  | { readonly ok: true; readonly response: string }
  | { readonly ok: false; readonly status: 400 | 405 | 426; readonly reason: string };

/** Reads a client's opening handshake (RFC 6455 section 4.2). No subprotocol and no extension is agreed on. */
export function shakeHands({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): Handshake {
  if (method !== 'GET') return { ok: false, status: 405, reason: 'A WebSocket begins with GET.' };
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    return { ok: false, status: 400, reason: 'Only an upgrade to websocket is known.' };
  }
  if (headers['sec-websocket-version'] !== '13') {
    return { ok: false, status: 426, reason: 'Version 13 of the protocol is spoken.' };
  }
  const key = headers['sec-websocket-key'];
  if (key === undefined || !/^[+/0-9A-Za-z]{22}==$/.test(key)) {
    return { ok: false, status: 400, reason: 'Sec-WebSocket-Key is missing or wrong.' };
  }
  const accept = createHash('sha1').update(key).update(GUID).digest('base64');
  return { ok: true, response: `${SWITCHING}${accept}\r\n\r\n` };
}

/** RFC 6455 section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ';
