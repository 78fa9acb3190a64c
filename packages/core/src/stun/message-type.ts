/** The two class bits of a STUN message type (RFC 8489 section 5). */
export const MessageClass = { request: 0, indication: 1, successResponse: 2, errorResponse: 3 } as const;
export type MessageClass = (typeof MessageClass)[keyof typeof MessageClass];

/** First four bytes after the STUN type and length (RFC 8489 section 5). */
export const MAGIC_COOKIE = 0x2112a442;

/** Bytes of the STUN header: type, length, magic cookie, transaction id. */
export const HEADER_LENGTH = 20;

/** Bytes of a transaction id. */
export const TRANSACTION_ID_LENGTH = 12;

/** The 14-bit message type of a method and class (RFC 8489 figure 3: M11..M7 C1 M6..M4 C0 M3..M0). */
export function messageType(method: number, messageClass: MessageClass): number {
  return (
    (method & 0x00f) |
    ((method & 0x070) << 1) |
    ((method & 0xf80) << 2) |
    ((messageClass & 1) << 4) |
    ((messageClass & 2) << 7)
  );
}

/** The method in a message type. */
export function methodOf(type: number): number {
  return (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
}

/** The class in a message type. */
export function classOf(type: number): MessageClass {
  return (((type & 0x0010) >> 4) | ((type & 0x0100) >> 7)) as MessageClass;
}
