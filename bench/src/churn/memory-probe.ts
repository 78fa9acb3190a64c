// Loaded into every process of a server under measurement (`node --import`). On SIGUSR2 it collects what is unreachable
// and writes what is left, as one JSON text, to PID.json in the folder CHURN_FOLDER names.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { ffi, libc, loadFfi, pointerOf, self } from '@madang/server/native/ffi';
import type { ProcessMemory } from './process-memory.js';

/** CRYPTO_EX_INDEX_SSL. */
const KIND_SSL = 0;

const folder = process.env['CHURN_FOLDER'];
if (folder !== undefined && loadFfi().ok) answerTo(folder);

function answerTo(into: string): void {
  const sslObjects = countSslObjects();
  process.on('SIGUSR2', () => {
    void collect().then(() => {
      const file = join(into, `${process.pid}.json`);
      const memory: ProcessMemory = {
        residentBytes: process.memoryUsage.rss(),
        heapBytes: getHeapStatistics().used_heap_size,
        arrayBufferBytes: process.memoryUsage().arrayBuffers,
        nativeBytes: nativeBytes(join(into, `${process.pid}.xml`)),
        sslObjects: sslObjects(),
        descriptors: readdirSync('/proc/self/fd').length,
      };
      writeFileSync(`${file}.new`, JSON.stringify(memory));
      renameSync(`${file}.new`, file);
    });
  });
}

/** Twice, with a turn of the event loop between: finalizers of the first round let go of more. */
async function collect(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    globalThis.gc?.();
    await setImmediate();
  }
}

/** OpenSSL tells of every SSL object that is made and freed to who has asked for a place in them. */
function countSslObjects(): () => number {
  let count = 0;
  const prototype = (name: string): string =>
    `void ${name}(void* parent, void* pointer, void* data, int index, long number, void* argument)`;
  const made = ffi().register(() => {
    count++;
  }, prototype('ChurnSslMade'));
  const freed = ffi().register(() => {
    count--;
  }, prototype('ChurnSslFreed'));
  self().func<
    (kind: number, number: number, argument: number, made: number, copied: number, freed: number) => number
  >('int CRYPTO_get_ex_new_index(int, long, void*, void*, void*, void*)')(KIND_SSL, 0, 0, made, 0, freed);
  return () => count;
}

/** What has been taken from malloc and not been freed (OpenSSL, koffi, V8's own bookkeeping), by malloc_info(3). */
function nativeBytes(file: string): number {
  const library = libc();
  const open = library.func<(path: string, mode: string) => bigint | null>('void* fopen(str, str)');
  const stream = pointerOf(open(file, 'w'));
  library.func<(options: number, stream: number) => number>('int malloc_info(int, void*)')(0, stream);
  library.func<(stream: number) => number>('int fclose(void*)')(stream);
  const text = readFileSync(file, 'utf8');
  rmSync(file);
  // The sums over all arenas are the last of their kind.
  const last = (pattern: RegExp): number => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);
  return (
    last(/<system type="current" size="(\d+)"/g) +
    last(/<total type="mmap" count="\d+" size="(\d+)"/g) -
    last(/<total type="fast" count="\d+" size="(\d+)"/g) -
    last(/<total type="rest" count="\d+" size="(\d+)"/g)
  );
}
