import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { DropReason } from '../path/drop-reason.js';
import { parseIpAddress } from '../path/address-text.js';
import type { Arrival } from '../path/path.js';
import { Transport } from '../path/transport-address.js';
import { NAT_DISCOVERY_ATTRIBUTES, STUN_ATTRIBUTES, TURN_ATTRIBUTES } from './attributes.js';
import { KnownAttributes } from './known-attributes.js';
import { StunMessageView } from './message-view.js';
import { StunParseResult } from './parse-result.js';

/** Messages of the standards, by name. */
export const messages = new Map<string, Uint8Array>(
  Object.entries(
    JSON.parse(
      readFileSync(new URL('../../../../tests/vectors/stun-messages.json', import.meta.url), 'utf8'),
    ) as Record<string, string>,
  ).map(([name, hex]) => [name, new Uint8Array(Buffer.from(hex, 'hex'))]),
);

/** A copy of the named message, free to be changed. */
export function message(name: string): Uint8Array {
  const bytes = messages.get(name);
  if (bytes === undefined) throw new Error(`no message ${name}`);
  return bytes.slice();
}

/** A view that knows all of STUN, RFC 5780 and TURN. */
export function newView(): StunMessageView {
  return new StunMessageView(
    new KnownAttributes([...STUN_ATTRIBUTES, ...NAT_DISCOVERY_ATTRIBUTES, ...TURN_ATTRIBUTES]),
  );
}

/** A view that knows only RFC 8489. */
export function newPlainView(): StunMessageView {
  return new StunMessageView(new KnownAttributes(STUN_ATTRIBUTES));
}

/** Parses what must be a valid message. */
export function parsed(bytes: Uint8Array, view = newView()): StunMessageView {
  assert.equal(view.parse(bytes, 0, bytes.length), StunParseResult.ok);
  return view;
}

/** An arrival from `address`. */
export function arrivalFrom(address: string, port: number): Arrival {
  const { family, bytes } = parseIpAddress(address)!;
  const words = new Uint32Array(8);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = 0; i < bytes.length / 4; i++) words[i] = view.getUint32(4 * i);
  return { path: -1, socket: 0, transport: Transport.udp, family, port, words };
}

/** Collects answers and drops. */
export class Recorder {
  readonly replies: Uint8Array[] = [];
  readonly drops: DropReason[] = [];

  reply(bytes: Uint8Array, offset: number, length: number): void {
    this.replies.push(bytes.slice(offset, offset + length));
  }

  drop(reason: DropReason): void {
    this.drops.push(reason);
  }
}

/** A message from a type, a transaction id of 0x01..0x0c and raw attributes. Lengths are honest. */
export function rawMessage(
  type: number,
  ...attributes: readonly (readonly [number, Uint8Array])[]
): Uint8Array {
  const body = attributes.flatMap(([attribute, value]) => {
    const padding = new Array<number>((4 - (value.length % 4)) % 4).fill(0);
    return [attribute >> 8, attribute & 255, value.length >> 8, value.length & 255, ...value, ...padding];
  });
  const id = Array.from({ length: 12 }, (_, i) => i + 1);
  return new Uint8Array([
    type >> 8,
    type & 255,
    body.length >> 8,
    body.length & 255,
    0x21,
    0x12,
    0xa4,
    0x42,
    ...id,
    ...body,
  ]);
}

test('the stored messages are whole', () => {
  assert.equal(messages.size, 5);
  for (const bytes of messages.values()) assert.equal(bytes.length, 20 + (bytes[2]! << 8) + bytes[3]!);
});
