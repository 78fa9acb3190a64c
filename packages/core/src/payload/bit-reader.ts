/**
 * Reads bits, the highest of each byte first. Behind the end there are zeros and `isBeyondEnd` tells, so a caller may
 * check once, at the end. Used again by `begin`.
 */
export class BitReader {
  #bytes: Uint8Array = new Uint8Array(0);
  /** In bits from the start of `#bytes`. */
  #at = 0;
  #end = 0;
  #skipsEmulation = false;
  /** First byte of the NAL unit's content. */
  #start = 0;

  /** Whether more was read than there is. */
  get isBeyondEnd(): boolean {
    return this.#at > this.#end;
  }

  begin(bytes: Uint8Array, offset: number, length: number): void {
    this.#bytes = bytes;
    this.#at = 8 * offset;
    this.#end = 8 * (offset + length);
    this.#skipsEmulation = false;
  }

  /** As `begin`, for a NAL unit: the third byte of 00 00 03 is none of its content (H.264 section 7.3.1). */
  beginNalUnit(bytes: Uint8Array, offset: number, length: number): void {
    this.begin(bytes, offset, length);
    this.#skipsEmulation = true;
    this.#start = offset;
  }

  readBit(): number {
    if (this.#at >= this.#end) {
      this.#at = this.#end + 1;
      return 0;
    }
    const at = this.#at >> 3;
    const bit = (this.#bytes[at]! >> (7 - (this.#at & 7))) & 1;
    this.#at++;
    if (this.#skipsEmulation && (this.#at & 7) === 0) this.#skipEmulationPrevention(at + 1);
    return bit;
  }

  /** `count` is 1 to 31. */
  readBits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = (value << 1) | this.readBit();
    return value;
  }

  /** Unsigned Exp-Golomb code ue(v) (H.264 section 9.1), -1 where it is longer than any this reads. */
  readExpGolomb(): number {
    let zeros = 0;
    while (this.readBit() === 0) {
      if (++zeros > 24 || this.isBeyondEnd) return -1;
    }
    return zeros === 0 ? 0 : (1 << zeros) - 1 + this.readBits(zeros);
  }

  /** A number below `limit` in as few bits as will do: ns(n) of the AV1 specification, section 4.10.7. */
  readNonSymmetric(limit: number): number {
    let width = 0;
    for (let rest = limit; rest !== 0; rest >>= 1) width++;
    const shorter = (1 << width) - limit;
    const value = width > 1 ? this.readBits(width - 1) : 0;
    return value < shorter ? value : (value << 1) - shorter + this.readBit();
  }

  #skipEmulationPrevention(next: number): void {
    const bytes = this.#bytes;
    if (8 * next < this.#end && next - 2 >= this.#start && bytes[next] === 3) {
      if (bytes[next - 1] === 0 && bytes[next - 2] === 0) this.#at += 8;
    }
  }
}
