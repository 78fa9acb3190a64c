import type { ClientMessage, ClientMessageType } from './client-messages.js';
import { CLIENT_SHAPES } from './client-shapes.js';
import type { ErrorCode } from './error-codes.js';
import { isRecord, isShallow, utf8Length } from './json-shape.js';
import type { Read } from './json-shape.js';
import { WireLimit } from './limits.js';
import type { ServerMessage } from './server-messages.js';
import { SERVER_SHAPES } from './server-shapes.js';

/** A message, or why it is none and, where it could be read, the id of the request it was meant to be. */
export type Decoded<M> =
  | { readonly ok: true; readonly message: M }
  | { readonly ok: false; readonly code: ErrorCode; readonly id?: number };

/** Parses what a client sent. Never throws; unknown fields are ignored, unknown types are `unknownType`. */
export function decodeClientMessage(json: string): Decoded<ClientMessage> {
  if (utf8Length(json, WireLimit.sdpMessageBytes) > WireLimit.sdpMessageBytes) return TOO_LARGE;
  const decoded = decodeWith<ClientMessage>(CLIENT_SHAPES, json);
  if (!decoded.ok || carriesSdp(decoded.message.type)) return decoded;
  if (utf8Length(json, WireLimit.messageBytes) <= WireLimit.messageBytes) return decoded;
  return 'id' in decoded.message ? { ...TOO_LARGE, id: decoded.message.id } : TOO_LARGE;
}

/** Parses what a server sent; the server is trusted with the size. Never throws. */
export function decodeServerMessage(json: string): Decoded<ServerMessage> {
  return decodeWith<ServerMessage>(SERVER_SHAPES, json);
}

function decodeWith<M>(shapes: Readonly<Record<string, Read<unknown>>>, json: string): Decoded<M> {
  const value = parse(json);
  if (!isRecord(value)) return { ok: false, code: 'malformed' };
  const type = Object.hasOwn(value, 'type') ? value['type'] : undefined;
  if (typeof type !== 'string') return refuse('malformed', value);
  if (!Object.hasOwn(shapes, type)) return refuse('unknownType', value);
  const message = shapes[type]!(value);
  return message === undefined ? refuse('malformed', value) : { ok: true, message: message as M };
}

/** A refusal that names the request where one can be read. */
function refuse(code: ErrorCode, value: Record<string, unknown>): Decoded<never> {
  const id = Object.hasOwn(value, 'id') ? value['id'] : undefined;
  return isRequestId(id) ? { ok: false, code, id } : { ok: false, code };
}

function parse(json: string): unknown {
  if (!isShallow(json)) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isRequestId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function carriesSdp(type: ClientMessageType): boolean {
  return type === 'offer' || type === 'answer';
}

const TOO_LARGE = { ok: false, code: 'tooLarge' } as const;
