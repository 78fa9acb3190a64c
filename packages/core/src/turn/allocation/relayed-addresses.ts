import type { Arrival } from '../../path/path.js';
import type { TransportAddress } from '../../path/transport-address.js';
import type { Relay } from './records.js';

/** The relayed transport addresses in use, to recognise traffic that would go round in circles. */
export class RelayedAddresses {
  readonly #relays = new Map<number | string, Relay>();

  get size(): number {
    return this.#relays.size;
  }

  add(relay: Relay): void {
    this.#relays.set(keyOfAddress(relay.address), relay);
  }

  delete(relay: Relay): void {
    const key = keyOfAddress(relay.address);
    if (this.#relays.get(key) === relay) this.#relays.delete(key);
  }

  /** The relay whose address this is. */
  find(address: TransportAddress): Relay | undefined {
    return this.#relays.get(keyOfAddress(address));
  }

  /** The relay a message came from, when a client speaks to us through one of our own relays. */
  findSource(arrival: Arrival): Relay | undefined {
    return this.#relays.get(keyOfArrival(arrival));
  }
}

/** An IPv4 address and port fit exactly into 48 bits of a number. */
function keyOfAddress(address: TransportAddress): number | string {
  const bytes = address.bytes;
  if (address.family === 4) {
    return (
      (((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0) * 65536 + address.port
    );
  }
  let key = '';
  for (let i = 0; i < 16; i += 2) key += String.fromCharCode((bytes[i]! << 8) | bytes[i + 1]!);
  return key + String.fromCharCode(address.port);
}

function keyOfArrival(arrival: Arrival): number | string {
  const words = arrival.words;
  if (arrival.family === 4) return words[0]! * 65536 + arrival.port;
  let key = '';
  for (let i = 0; i < 4; i++) key += String.fromCharCode(words[i]! >>> 16, words[i]! & 0xffff);
  return key + String.fromCharCode(arrival.port);
}
