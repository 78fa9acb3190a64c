import type { ConfigError } from './config-error.js';
import { findContradiction } from './contradictions.js';
import { resolveConfig } from './resolve.js';
import type { Config } from './resolve.js';
import { DEFAULTS, OPTIONS } from './settings.js';
import type { SettingKey, Settings } from './settings.js';
import { readCommandLine, readConfigFile, readEnvironment } from './sources.js';
import type { Given } from './sources.js';

export interface LoadOptions {
  /** The arguments after `serve`. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a file as UTF-8 text; throws when it cannot. */
  readonly readFile: (path: string) => string;
  readonly cores: number;
  /** Whether standard error is a terminal. */
  readonly terminal: 'terminal' | 'other';
}

export type LoadResult =
  { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly error: ConfigError };

/**
 * Merges defaults, configuration file, environment and command line, the later ones first in rank, and checks the
 * result as a whole. The first mistake is returned; nothing is thrown.
 */
export function loadConfig(options: LoadOptions): LoadResult {
  const commandLine = readCommandLine(options.args);
  if (!commandLine.ok) return commandLine;
  const environment = readEnvironment(options.environment);
  if (!environment.ok) return environment;
  const configFile = commandLine.configFile ?? environment.configFile;
  const given: Given[] = [];
  if (configFile !== undefined) {
    const content = readText(options, configFile);
    if (content === undefined) return unreadable('config', configFile, 'config');
    const file = readConfigFile(configFile, content);
    if (!file.ok) return file;
    given.push(...file.given);
  }
  given.push(...environment.given, ...commandLine.given);

  const merged = merge(given);
  if (!merged.ok) return merged;
  const { settings, sources } = merged;
  const contradiction = findContradiction(settings, options.cores);
  if (contradiction !== undefined) {
    const { key, reason, mend } = contradiction;
    return {
      ok: false,
      error: { key, ...shown(settings, key), source: sources.get(key) ?? key, reason, mend },
    };
  }
  for (const key of ['tlsCert', 'tlsKey'] as const) {
    const file = settings[key];
    if (file !== 'auto' && readText(options, file) === undefined)
      return unreadable(key, file, sources.get(key)!);
  }
  return { ok: true, config: resolveConfig(settings, options) };
}

type Merged =
  | { readonly ok: true; readonly settings: Settings; readonly sources: ReadonlyMap<SettingKey, string> }
  | { readonly ok: false; readonly error: ConfigError };

/** Reads every value, also those that a later source replaces: a mistake that waits is a mistake. */
function merge(given: readonly Given[]): Merged {
  const values: Record<string, unknown> = { ...DEFAULTS };
  const sources = new Map<SettingKey, string>();
  for (const { key, written, source } of given) {
    const { definition } = OPTIONS.find((row) => row.key === key)!;
    const { kind } = definition;
    const result = typeof written === 'string' ? kind.parse(written) : kind.parseEntries!(written);
    if (!result.ok) {
      const value = definition.isSecret
        ? {}
        : { value: typeof written === 'string' ? written : written.join(',') };
      return { ok: false, error: { key, ...value, source, reason: result.reason, mend: result.mend } };
    }
    values[key] = result.value;
    sources.set(key, source);
  }
  return { ok: true, settings: values as unknown as Settings, sources };
}

function shown(settings: Settings, key: SettingKey): { value?: string } {
  const { definition } = OPTIONS.find((row) => row.key === key)!;
  return definition.isSecret ? {} : { value: definition.kind.show(settings[key]) };
}

function readText(options: LoadOptions, path: string): string | undefined {
  try {
    return options.readFile(path);
  } catch {
    return undefined;
  }
}

function unreadable(key: string, path: string, source: string): { ok: false; error: ConfigError } {
  const mend = 'check the path and who may read it';
  return { ok: false, error: { key, value: path, source, reason: 'the file cannot be read', mend } };
}
