import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface BenchmarkOptions {
  readonly selection: 'quick' | 'all';
  /** Texts one of which a row's name must contain; empty: every row. */
  readonly rows: readonly string[];
  readonly rounds: number | undefined;
  readonly seconds: number;
  readonly json: string | undefined;
}

/** Reads `--quick --rows TEXT,... --rounds N --seconds S --json FILE`. Throws a sentence for anything else. */
export function readBenchmarkOptions(): BenchmarkOptions {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      rows: { type: 'string', default: '' },
      rounds: { type: 'string' },
      seconds: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  return {
    selection: values.quick ? 'quick' : 'all',
    rows: values.rows.split(',').filter(Boolean),
    rounds: values.rounds === undefined ? undefined : numberOf('--rounds', values.rounds),
    seconds: numberOf('--seconds', values.seconds),
    json: values.json,
  };
}

export function isSelected(name: string, options: BenchmarkOptions): boolean {
  return options.rows.length === 0 || options.rows.some((text) => name.includes(text));
}

export function writeJson(options: BenchmarkOptions, value: unknown): void {
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(value, undefined, 2)}\n`);
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${option} '${text}': a number above 0 is needed`);
  return value;
}
