import { allocateSlab, self } from '../ffi.js';

const TEXT_BYTES = 256;

/**
 * Empties OpenSSL's error queue of this thread and gives what was in it as one line ('' when it was empty). Must be
 * called after every failed OpenSSL call: node:crypto and node:tls share the queue and would report our errors.
 */
export function drainErrors(): string {
  const { text, getError, errorString } = functions();
  const lines: string[] = [];
  for (let code = getError(); Number(code) !== 0; code = getError()) {
    errorString(code, text.address, TEXT_BYTES);
    lines.push(text.buffer.toString('latin1', 0, text.buffer.indexOf(0)));
  }
  return lines.join('; ');
}

/** Empties the error queue without reading it. */
export function clearErrors(): void {
  functions().clearError();
}

/** The error for a failed OpenSSL call that only a bug or an unfit configuration can make fail. */
export function opensslError(what: string): Error {
  return new Error(`${what} failed: ${drainErrors() || 'no reason given'}`);
}

let declared: ReturnType<typeof declare> | undefined;

function functions(): ReturnType<typeof declare> {
  return (declared ??= declare());
}

function declare() {
  const library = self();
  return {
    text: allocateSlab(TEXT_BYTES),
    getError: library.func<() => number | bigint>('unsigned long ERR_get_error()'),
    clearError: library.func<() => void>('void ERR_clear_error()'),
    errorString: library.func<(code: number | bigint, into: number, bytes: number) => void>(
      'void ERR_error_string_n(unsigned long, void*, size_t)',
    ),
  };
}
