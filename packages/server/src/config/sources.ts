import type { ConfigError } from './config-error.js';
import { nearest } from './nearest.js';
import { OPTIONS } from './settings.js';
import type { NamedOption, SettingKey } from './settings.js';

/** A value as it was written, and where. */
export interface Given {
  readonly key: SettingKey;
  /** Text (lists with commas), or the entries of a list one by one. */
  readonly written: string | readonly string[];
  readonly source: string;
}

export type SourceResult =
  | { readonly ok: true; readonly given: readonly Given[]; readonly configFile?: string }
  | { readonly ok: false; readonly error: ConfigError };

/**
 * Reads the arguments after `serve`: `--name value`, `--name=value`, `--switch`, `--no-switch`. Lists may be given
 * several times. `--config FILE` is reported, not read.
 */
export function readCommandLine(args: readonly string[]): SourceResult {
  const given = new Map<SettingKey, Given>();
  let configFile: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith('--')) return unexpected(arg);
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    let text = equals < 0 ? undefined : arg.slice(equals + 1);
    const row = name === CONFIG_OPTION ? undefined : findOption(name);
    if (row === undefined && name !== CONFIG_OPTION)
      return unknownName(name, optionNames(), 'there is no such option');
    if (row?.definition.kind.shape === 'switch') {
      text ??= name === row.option ? 'on' : 'off';
    } else if (text === undefined) {
      text = args[++i];
      if (text === undefined || text.startsWith('--')) return lacksValue(name, row);
    }
    if (row === undefined) {
      configFile = text;
      continue;
    }
    const earlier = given.get(row.key);
    if (earlier !== undefined && row.definition.kind.shape !== 'list') return givenTwice(name, row.key);
    given.set(row.key, {
      key: row.key,
      written: earlier ? `${earlier.written as string},${text}` : text,
      source: name,
    });
  }
  return { ok: true, given: [...given.values()], ...(configFile === undefined ? {} : { configFile }) };
}

/** Reads the variables that begin with MADANG_. An empty one counts as not set. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): SourceResult {
  const given: Given[] = [];
  let configFile: string | undefined;
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('MADANG_') || text === undefined || text === '') continue;
    if (name === CONFIG_VARIABLE) {
      configFile = text;
      continue;
    }
    const row = OPTIONS.find((candidate) => candidate.environment === name);
    if (row === undefined) {
      const names = [...OPTIONS.map((candidate) => candidate.environment), CONFIG_VARIABLE];
      return unknownName(name, names, 'there is no such setting');
    }
    given.push({ key: row.key, written: text, source: name });
  }
  return { ok: true, given, ...(configFile === undefined ? {} : { configFile }) };
}

/** Reads the text of a configuration file: one JSON object; values are text, numbers, true/false, or arrays of text. */
export function readConfigFile(name: string, content: string): SourceResult {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    const reason = `it is not JSON: ${(error as Error).message.replaceAll('\n', ' ')}`;
    return failure({ key: 'config', source: name, reason, mend: 'mend it there' });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    const mend = 'write {"turnPort": 3478} and so on';
    return failure({ key: 'config', source: name, reason: 'it is not a JSON object', mend });
  }
  const given: Given[] = [];
  for (const [key, value] of Object.entries(parsed)) {
    const row = OPTIONS.find((candidate) => candidate.key === key);
    if (row === undefined) {
      const result = unknownName(key, [...OPTIONS.map((candidate) => candidate.key)], 'there is no such key');
      return failure({ ...result.error, source: name });
    }
    const written = writtenOf(value, row);
    if (written === undefined) {
      const shown = row.definition.isSecret ? {} : { value: JSON.stringify(value) };
      const mend = `write ${row.definition.kind.shape === 'list' ? 'an array of text' : 'text, a number or true/false'}`;
      return failure({ key, ...shown, source: name, reason: 'a value cannot have this form', mend });
    }
    given.push({ key: row.key, written, source: name });
  }
  return { ok: true, given };
}

export const CONFIG_OPTION = '--config';
export const CONFIG_VARIABLE = 'MADANG_CONFIG';

function writtenOf(value: unknown, row: NamedOption): string | readonly string[] | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (row.definition.kind.shape !== 'list' || !Array.isArray(value)) return undefined;
  return value.every((entry) => typeof entry === 'string') ? value : undefined;
}

/** The option called `name`, or the switch it turns off with `--no-`. */
function findOption(name: string): NamedOption | undefined {
  const row = OPTIONS.find((candidate) => candidate.option === name);
  if (row !== undefined || !name.startsWith('--no-')) return row;
  const positive = `--${name.slice('--no-'.length)}`;
  return OPTIONS.find(({ option, definition }) => option === positive && definition.kind.shape === 'switch');
}

function optionNames(): string[] {
  return [...OPTIONS.map((row) => row.option), CONFIG_OPTION];
}

function unknownName(
  name: string,
  names: readonly string[],
  reason: string,
): { ok: false; error: ConfigError } {
  const close = nearest(name, names);
  const mend = close === undefined ? 'leave it out; --help lists all' : `did you mean ${close}?`;
  return { ok: false, error: { key: name, source: name, reason, mend } };
}

function unexpected(arg: string): SourceResult {
  const error = {
    key: arg,
    source: arg,
    reason: 'options begin with two hyphens',
    mend: 'write --name value',
  };
  return failure(error);
}

function lacksValue(name: string, row: NamedOption | undefined): SourceResult {
  const mend = `write ${name} ${row?.definition.kind.placeholder ?? 'FILE'}`;
  return failure({ key: row?.key ?? 'config', source: name, reason: 'the value is missing', mend });
}

function givenTwice(name: string, key: SettingKey): SourceResult {
  return failure({ key, source: name, reason: 'it is given twice', mend: 'leave one out' });
}

function failure(error: ConfigError): { ok: false; error: ConfigError } {
  return { ok: false, error };
}
