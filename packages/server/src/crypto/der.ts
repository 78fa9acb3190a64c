/** The few DER types (ITU-T X.690) an X.509 certificate needs. Every function gives a complete tag-length-value. */
export function derSequence(...parts: Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

export function derSet(...parts: Uint8Array[]): Buffer {
  return der(0x31, ...parts);
}

/** A non-negative integer given as big-endian bytes. */
export function derInteger(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const minimal = bytes.subarray(start);
  // A set top bit would make it negative.
  return minimal[0]! >= 0x80 ? der(0x02, Buffer.of(0), minimal) : der(0x02, minimal);
}

/** An object identifier such as '2.5.4.3'. */
export function derObjectIdentifier(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number) as [number, number, ...number[]];
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

export function derUtf8String(text: string): Buffer {
  return der(0x0c, Buffer.from(text, 'utf8'));
}

export function derOctetString(bytes: Uint8Array): Buffer {
  return der(0x04, bytes);
}

export function derTrue(): Buffer {
  return der(0x01, Buffer.of(0xff));
}

/** Whole bytes as a bit string. */
export function derBitString(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.of(0), bytes);
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). Fractions of a second are dropped. */
export function derTime(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`, 'latin1'))
    : der(0x18, Buffer.from(`${digits}Z`, 'latin1'));
}

/** Context-specific tag `number`; `form` explicit wraps complete values, implicit replaces the tag of primitive bytes. */
export function derContext(number: number, form: 'explicit' | 'implicit', ...parts: Uint8Array[]): Buffer {
  return der((form === 'explicit' ? 0xa0 : 0x80) | number, ...parts);
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >>> 8, length & 0xff];
  if (length > 0xffff) throw new RangeError(`DER value of ${length} bytes`);
  return Buffer.concat([Buffer.from(header), content]);
}
