import type { ClientMessage } from './client-messages.js';
import type { ServerMessage, UnsequencedMessage, Unnumbered } from './server-messages.js';

/** The text of a client's message. */
export function encodeClientMessage(message: ClientMessage): string {
  return JSON.stringify(message);
}

/** The text of a server's message. */
export function encodeServerMessage(message: ServerMessage | UnsequencedMessage): string {
  return JSON.stringify(message);
}

/** The text of a sequenced message without its number: made once, numbered for each receiver. */
export function encodeUnnumbered(message: Unnumbered): string {
  return JSON.stringify(message);
}

/** Gives a text of `encodeUnnumbered` its number and, where it is news, that of the last request of its receiver. */
export function numberMessage(text: string, seq: number, lastRequestId: number | undefined): string {
  if (lastRequestId === undefined) return `{"seq":${seq},${text.slice(1)}`;
  return `{"seq":${seq},"lastRequestId":${lastRequestId},${text.slice(1)}`;
}
