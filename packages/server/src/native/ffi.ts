import { createRequire } from 'node:module';

/**
 * The only module that loads koffi. Everything native (libc, OpenSSL, libuv) is declared through the handles given
 * here. Loading is lazy and never throws: where koffi or a library is missing, `loadFfi` gives the reason and the
 * caller takes the portable implementation.
 *
 * Rules for native memory, all measured:
 * - declare pointers as `void*` and pass addresses as numbers (a number costs 50 ns, a Buffer 65 ns); what is called
 *   for every packet declares them as `uint64_t`, which takes a third off a call of five arguments;
 * - native code may only be given addresses inside slabs, and whoever gives an address keeps the slab referenced.
 */
export type FfiResult =
  { readonly ok: true; readonly ffi: Ffi } | { readonly ok: false; readonly reason: string };

/** Declarations in C syntax become callables; see https://koffi.dev for the types. */
export interface NativeLibrary {
  /**
   * Declares a function: `libc().func<(fd: number) => number>('int close(int fd)')`. Pointer results are bigint
   * (`pointerOf` makes them numbers), 64-bit integers are numbers as long as they are safe. Throws when the library
   * does not have the symbol.
   */
  func<F extends NativeFunction>(definition: string): F;
  /** Whether the library exports `name`. */
  has(name: string): boolean;
}

// The types of native functions cannot be checked from here: each declaration states its own.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type NativeFunction = (...args: any[]) => any;

/** Memory that native code may be given: at least 4 KiB, outside V8's heap, zeroed. */
export interface Slab {
  readonly buffer: Buffer;
  /** Address of byte 0. Valid only as long as `buffer` is referenced. */
  readonly address: number;
}

export interface Ffi {
  readonly libc: NativeLibrary;
  /** The Node binary itself: OpenSSL (`EVP_*`, `SSL_*`, `BIO_*`) and libuv (`uv_*`). */
  readonly self: NativeLibrary;
  /** errno of the last native call. */
  errno(): number;
  /** Address of an ArrayBufferView of any size. `addressOf` is the checked way. */
  address(view: ArrayBufferView): number;
  /** Makes `callback` callable from native code during a native call; gives its address. */
  register(callback: NativeFunction, prototype: string): number;
  unregister(address: number): void;
  /** Copies `length` bytes of native memory. */
  copy(address: number, length: number): Uint8Array;
  /** Calls `callback` from the event loop when `descriptor` is ready (libuv poll). */
  poll(descriptor: number, events: PollEvents, callback: (events: PollEvents) => void): PollHandle;
}

export interface PollEvents {
  readable?: boolean;
  writable?: boolean;
  disconnect?: boolean;
}

export interface PollHandle {
  start(events: PollEvents, callback: (events: PollEvents) => void): void;
  stop(): void;
  close(): void;
  ref(): void;
  unref(): void;
}

/** Smallest buffer whose address may be given to native code: small ones move (V8 heap) or share a pool. */
export const MINIMUM_SLAB_BYTES = 4096;

/** Loads koffi and the libraries once; later calls give the same result. Never throws. */
export function loadFfi(): FfiResult {
  return (loaded ??= load());
}

/** The FFI, where it was loaded. Throws where it was not: callers ask `loadFfi` first. */
export function ffi(): Ffi {
  const result = loadFfi();
  if (!result.ok) throw new Error(`FFI is not available: ${result.reason}`);
  return result.ffi;
}

/** The C library. Throws when the FFI is not available. */
export function libc(): NativeLibrary {
  return ffi().libc;
}

/** The Node binary: OpenSSL and libuv. Throws when the FFI is not available. */
export function self(): NativeLibrary {
  return ffi().self;
}

/** errno of the last native call. */
export function errno(): number {
  return ffi().errno();
}

/**
 * Address of byte 0 of a large buffer. The caller keeps the buffer referenced as long as native code may use it.
 * Throws for buffers under 4 KiB.
 */
export function addressOf(buffer: ArrayBufferView): number {
  if (buffer.byteLength < MINIMUM_SLAB_BYTES) {
    throw new RangeError(
      `${buffer.byteLength} bytes may move: native code is given slabs of ${MINIMUM_SLAB_BYTES} or more`,
    );
  }
  return ffi().address(buffer);
}

/** Allocates zeroed memory for native code: `bytes` rounded up to 4 KiB or more. The holder keeps it alive. */
export function allocateSlab(bytes: number): Slab {
  // A fresh ArrayBuffer is zeroed lazily by the kernel: untouched pages of a large slab cost no memory.
  const buffer = Buffer.from(new ArrayBuffer(Math.max(bytes, MINIMUM_SLAB_BYTES)));
  return { buffer, address: addressOf(buffer) };
}

/** A native pointer as a number (user-space addresses are below 2^53); 0 for NULL. */
export function pointerOf(value: bigint | number | null): number {
  return value === null ? 0 : Number(value);
}

let loaded: FfiResult | undefined;

interface Koffi {
  load(path: string | null): { func(definition: string): NativeFunction; symbol(name: string): unknown };
  address(view: ArrayBufferView): bigint;
  errno(): number;
  proto(definition: string): unknown;
  pointer(type: unknown): unknown;
  register(callback: NativeFunction, type: unknown): bigint;
  unregister(callback: bigint): void;
  view(address: bigint, length: number): ArrayBuffer;
  node: { poll(fd: number, events: PollEvents, callback: (events: PollEvents) => void): PollHandle };
}

function load(): FfiResult {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const program = library(koffi, null);
    return { ok: true, ffi: bind(koffi, openLibc(koffi) ?? program, program) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** glibc by name; elsewhere (musl, macOS) the symbols of libc are found in the program itself. */
function openLibc(koffi: Koffi): NativeLibrary | undefined {
  try {
    return library(koffi, 'libc.so.6');
  } catch {
    return undefined;
  }
}

function library(koffi: Koffi, path: string | null): NativeLibrary {
  const handle = koffi.load(path);
  return {
    func: <F extends NativeFunction>(definition: string) => handle.func(definition) as F,
    has(name) {
      try {
        return handle.symbol(name) !== null;
      } catch {
        return false;
      }
    },
  };
}

function bind(koffi: Koffi, libcLibrary: NativeLibrary, program: NativeLibrary): Ffi {
  const prototypes = new Map<string, unknown>();
  return {
    libc: libcLibrary,
    self: program,
    errno: () => koffi.errno(),
    address: (view) => Number(koffi.address(view)),
    register(callback, prototype) {
      let type = prototypes.get(prototype);
      if (type === undefined) {
        type = koffi.pointer(koffi.proto(prototype));
        prototypes.set(prototype, type);
      }
      return Number(koffi.register(callback, type));
    },
    unregister: (address) => koffi.unregister(BigInt(address)),
    copy: (address, length) => new Uint8Array(koffi.view(BigInt(address), length)).slice(),
    poll: (descriptor, events, callback) => koffi.node.poll(descriptor, events, callback),
  };
}
