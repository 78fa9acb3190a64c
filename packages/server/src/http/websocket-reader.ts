import { isUtf8 } from 'node:buffer';
import { Opcode } from './websocket-frame.js';

/** Whom a reader tells what a client sent. */
export interface MessageSink {
  handleText(text: string): void;
  handleBinary(): void;
  /** `payload`: each character a byte. */
  handlePing(payload: string): void;
  handlePong(): void;
  /** The client ends the connection, maybe with a code. */
  handleClose(code: number | undefined): void;
  /** What came is against the protocol or its limits; nothing more is read. `code` says what (RFC 6455 section 7.4.1). */
  handleViolation(code: number): void;
}

export interface ReaderLimits {
  /** Of a message, its fragments together. */
  readonly messageBytes: number;
  readonly fragments: number;
}

/**
 * Reads the frames of a client (RFC 6455 section 5): masked, no extension. Whole frames are read where they lie, and
 * unmasked there; only what is incomplete is kept, in no more than twice the memory of what has come (threat G6). Never
 * throws.
 */
export class MessageReader {
  readonly #limits: ReaderLimits;
  /** The beginning of a frame that is not all there. */
  #kept: Buffer = NOTHING;
  #keptLength = 0;
  /** As many bytes have to be kept until it is worth looking again. */
  #needed = 0;
  /** Of a message whose last fragment has not come. */
  #fragments: Fragments | undefined;
  #isOver = false;

  constructor(limits: ReaderLimits) {
    this.#limits = limits;
  }

  /** Takes bytes as they came; they may be changed. */
  read(chunk: Buffer, sink: MessageSink): void {
    if (this.#isOver) return;
    let bytes = chunk;
    if (this.#keptLength > 0) {
      this.#keep(chunk, 0);
      if (this.#keptLength < this.#needed) return;
      bytes = this.#kept.subarray(0, this.#keptLength);
      this.#kept = NOTHING;
      this.#keptLength = 0;
    }
    let at = 0;
    while (at < bytes.length && !this.#isOver) {
      const size = this.#readFrame(bytes, at, sink);
      if (size === 0) {
        this.#keep(bytes, at);
        return;
      }
      at += size;
    }
  }

  /** The bytes of the frame that begins there; 0 when it is not all there. */
  #readFrame(bytes: Buffer, start: number, sink: MessageSink): number {
    const available = bytes.length - start;
    if (available < 2) return this.#wait(2);
    const [first, second] = [bytes[start]!, bytes[start + 1]!];
    const opcode = first & 0x0f;
    const isFinal = first >= 0x80;
    // Reserved bits belong to extensions, and clients mask.
    if ((first & 0x70) !== 0 || second < 0x80) return this.#violate(sink, VIOLATION);
    let length = second & 0x7f;
    let head = 6;
    if (length === 126) {
      head = 8;
      if (available < head) return this.#wait(head);
      length = bytes.readUInt16BE(start + 2);
    } else if (length === 127) {
      head = 14;
      if (available < head) return this.#wait(head);
      length = bytes.readUInt32BE(start + 2) * 2 ** 32 + bytes.readUInt32BE(start + 6);
    }
    const objection = this.#objectionTo(opcode, isFinal, length);
    if (objection !== undefined) return this.#violate(sink, objection);
    const size = head + length;
    if (available < size) return this.#wait(size);
    const [from, end] = [start + head, start + size];
    unmask(bytes, from, end);
    if (opcode >= Opcode.close) this.#handleControl(opcode, bytes, from, end, sink);
    else if (isFinal && opcode !== Opcode.continuation) this.#handleMessage(opcode, bytes, from, end, sink);
    else this.#handleFragment(opcode, isFinal, bytes, from, end, sink);
    return size;
  }

  /** The code to close with, for a frame that must not be. */
  #objectionTo(opcode: number, isFinal: boolean, length: number): number | undefined {
    if (opcode >= Opcode.close) {
      return opcode > Opcode.pong || !isFinal || length > 125 ? VIOLATION : undefined;
    }
    const fragments = this.#fragments;
    if (opcode > Opcode.binary || (opcode === Opcode.continuation) !== (fragments !== undefined)) {
      return VIOLATION;
    }
    if (length + (fragments?.length ?? 0) > this.#limits.messageBytes) return TOO_BIG;
    return fragments !== undefined && fragments.count >= this.#limits.fragments ? POLICY : undefined;
  }

  #handleMessage(opcode: number, bytes: Buffer, from: number, end: number, sink: MessageSink): void {
    if (opcode === Opcode.binary) {
      sink.handleBinary();
      return;
    }
    const text = bytes.toString('utf8', from, end);
    // What is not UTF-8 has become U+FFFD; one that was sent is as rare.
    if (text.includes('\ufffd') && !isUtf8(bytes.subarray(from, end))) this.#violate(sink, NOT_UTF8);
    else sink.handleText(text);
  }

  #handleFragment(
    opcode: number,
    isFinal: boolean,
    bytes: Buffer,
    from: number,
    end: number,
    sink: MessageSink,
  ): void {
    const fragments = (this.#fragments ??= { opcode, count: 0, bytes: NOTHING, length: 0 });
    fragments.count++;
    fragments.bytes = append(fragments.bytes, fragments.length, bytes, from, end);
    fragments.length += end - from;
    if (!isFinal) return;
    this.#fragments = undefined;
    this.#handleMessage(fragments.opcode, fragments.bytes, 0, fragments.length, sink);
  }

  #handleControl(opcode: number, bytes: Buffer, from: number, end: number, sink: MessageSink): void {
    if (opcode === Opcode.ping) sink.handlePing(bytes.toString('latin1', from, end));
    else if (opcode === Opcode.pong) sink.handlePong();
    else {
      const code = end - from >= 2 ? bytes.readUInt16BE(from) : undefined;
      if (end - from === 1 || (code !== undefined && !isCloseCode(code))) this.#violate(sink, VIOLATION);
      else if (code !== undefined && !isUtf8(bytes.subarray(from + 2, end))) this.#violate(sink, NOT_UTF8);
      else {
        this.#end();
        sink.handleClose(code);
      }
    }
  }

  #violate(sink: MessageSink, code: number): number {
    this.#end();
    sink.handleViolation(code);
    return 1;
  }

  #wait(bytes: number): 0 {
    this.#needed = bytes;
    return 0;
  }

  #keep(bytes: Buffer, from: number): void {
    this.#kept = append(this.#kept, this.#keptLength, bytes, from, bytes.length);
    this.#keptLength += bytes.length - from;
  }

  #end(): void {
    this.#isOver = true;
    this.#kept = NOTHING;
    this.#fragments = undefined;
  }
}

interface Fragments {
  readonly opcode: number;
  count: number;
  bytes: Buffer;
  length: number;
}

/** Copies bytes behind the first `length` of others, into more memory where they do not fit; answers where they are. */
function append(to: Buffer, length: number, bytes: Buffer, from: number, end: number): Buffer {
  const wanted = length + end - from;
  let target: Buffer = to;
  if (wanted > to.length) {
    target = Buffer.alloc(length === 0 ? wanted : 2 * wanted);
    to.copy(target, 0, 0, length);
  }
  bytes.copy(target, length, from, end);
  return target;
}

/** The mask stands before the payload. */
function unmask(bytes: Buffer, from: number, end: number): void {
  const [a, b, c, d] = [bytes[from - 4]!, bytes[from - 3]!, bytes[from - 2]!, bytes[from - 1]!];
  const last = end - 3;
  let at = from;
  for (; at < last; at += 4) {
    bytes[at]! ^= a;
    bytes[at + 1]! ^= b;
    bytes[at + 2]! ^= c;
    bytes[at + 3]! ^= d;
  }
  if (at < end) bytes[at]! ^= a;
  if (at + 1 < end) bytes[at + 1]! ^= b;
  if (at + 2 < end) bytes[at + 2]! ^= c;
}

/** Codes that may stand in a frame: registered, or of applications. */
function isCloseCode(code: number): boolean {
  if (code >= 3000) return code < 5000;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

const NOTHING = Buffer.alloc(0);
const VIOLATION = 1002;
const NOT_UTF8 = 1007;
const POLICY = 1008;
const TOO_BIG = 1009;
