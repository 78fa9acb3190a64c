import { writeU16, writeU32 } from '../bytes/big-endian.js';
import { DropReason } from '../path/drop-reason.js';
import type { Arrival, PathId } from '../path/path.js';
import type { TransportAddress } from '../path/transport-address.js';
import { Attribute } from '../stun/attributes.js';
import {
  HEADER_LENGTH,
  MAGIC_COOKIE,
  MessageClass,
  messageType,
  TRANSACTION_ID_LENGTH,
} from '../stun/message-type.js';
import { StunMessageWriter } from '../stun/message-writer.js';
import { Method } from '../stun/methods.js';
import type { TransactionIds } from './transaction-ids.js';
import type { TurnHost } from './turn-host.js';

/**
 * Sends Data indications: header, XOR-PEER-ADDRESS and the head of DATA are written here, the payload is taken from
 * where it was received. Allocates nothing per packet.
 */
export class DataIndicationWriter {
  readonly #host: TurnHost;
  readonly #ids: TransactionIds;
  readonly #scratch = new Uint8Array(4096);
  readonly #writer = new StunMessageWriter({ buffer: this.#scratch });

  constructor(options: { host: TurnHost; transactionIds: TransactionIds }) {
    this.#host = options.host;
    this.#ids = options.transactionIds;
    writeU16(this.#scratch, 0, DATA_INDICATION);
    writeU32(this.#scratch, 4, MAGIC_COOKIE);
  }

  /** Hands `length` bytes that the peer of `arrival` sent to a client (RFC 8656 section 11.4). */
  forward(clientPath: PathId, arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void {
    const scratch = this.#scratch;
    const id = this.#ids.next();
    const pool = this.#ids.pool;
    for (let i = 0; i < TRANSACTION_ID_LENGTH; i++) scratch[8 + i] = pool[id + i]!;
    const wordCount = arrival.family === 4 ? 1 : 4;
    const addressLength = 4 + 4 * wordCount;
    const padding = -length & 3;
    const prefixLength = HEADER_LENGTH + 4 + addressLength + 4;
    const bodyLength = prefixLength - HEADER_LENGTH + length + padding;
    // Jumbo datagrams of a peer may not fit behind the header; the length field would lie.
    if (bodyLength > MAXIMUM_BODY) return this.#host.drop(DropReason.peer_datagram_too_large);
    writeU16(scratch, 0, DATA_INDICATION);
    writeU16(scratch, 2, bodyLength);
    writeU32(scratch, 4, MAGIC_COOKIE);
    writeU16(scratch, 20, Attribute.xorPeerAddress);
    writeU16(scratch, 22, addressLength);
    writeU16(scratch, 24, arrival.family === 4 ? 1 : 2);
    writeU16(scratch, 26, arrival.port ^ (MAGIC_COOKIE >>> 16));
    writeU32(scratch, 28, arrival.words[0]! ^ MAGIC_COOKIE);
    // IPv6: the rest of the address is masked with the transaction id (RFC 8489 section 14.2).
    for (let i = 1; i < wordCount; i++) {
      const at = 28 + 4 * i;
      writeU32(scratch, at, arrival.words[i]!);
      for (let j = 0; j < 4; j++) scratch[at + j]! ^= scratch[4 + 4 * i + j]!;
    }
    const dataAt = 24 + addressLength;
    writeU16(scratch, dataAt, Attribute.data);
    writeU16(scratch, dataAt + 2, length);
    this.#host.forwardWithPrefix(clientPath, scratch, 0, prefixLength, bytes, offset, length, padding);
  }

  /** Tells a client about an ICMP error (RFC 8656 section 11.5): type, code and the error's four data bytes. */
  sendIcmp(clientPath: PathId, peer: TransportAddress, type: number, code: number, errorData: number): void {
    const writer = this.#writer;
    writer.begin(DATA_INDICATION, this.#ids.pool, this.#ids.next());
    writer.xorAddress(Attribute.xorPeerAddress, peer);
    // ICMP attribute (section 18.13): 16 reserved bits, 7 of type, 9 of code, 32 of error data.
    icmpValue[0] = 0;
    icmpValue[1] = 0;
    writeU16(icmpValue, 2, ((type & 0x7f) << 9) | (code & 0x1ff));
    writeU32(icmpValue, 4, errorData);
    writer.bytes(Attribute.icmp, icmpValue);
    this.#host.send(clientPath, writer.buffer, writer.offset, writer.length);
  }
}

const DATA_INDICATION = messageType(Method.data, MessageClass.indication);
const MAXIMUM_BODY = 0xfffc;
const icmpValue = new Uint8Array(8);
