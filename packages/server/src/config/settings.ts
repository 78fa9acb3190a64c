import { OPTION_GROUPS } from './schema.js';
import type { Option } from './schema.js';

type Groups = typeof OPTION_GROUPS;
type Merge<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void ? I : never;
type Options = Merge<Groups[keyof Groups]>;
type ValueOf<O> = O extends Option<infer T> ? T : never;

/** Keys of the configuration file. */
export type SettingKey = keyof Options;

/** A value for every key, as written: words like `auto` are not resolved yet. */
export type Settings = { readonly [K in SettingKey]: ValueOf<Options[K]> };

/** A row of the table with its names. */
export interface NamedOption {
  readonly key: SettingKey;
  readonly group: string;
  /** Name on the command line: `--turn-port`. */
  readonly option: string;
  /** Name in the environment: `MADANG_TURN_PORT`. */
  readonly environment: string;
  readonly definition: Option<unknown>;
}

/** All rows in the order of the table. */
export const OPTIONS: readonly NamedOption[] = Object.entries(OPTION_GROUPS).flatMap(([group, options]) =>
  Object.entries(options as Record<string, Option<unknown>>).map(([key, definition]) => {
    const words = definition.option ?? key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const environment = `MADANG_${words.replaceAll('-', '_').toUpperCase()}`;
    return { key: key as SettingKey, group, option: `--${words}`, environment, definition };
  }),
);

/** The value of every key when nothing is configured. */
export const DEFAULTS: Settings = Object.fromEntries(
  OPTIONS.map(({ key, definition }) => [key, definition.default]),
) as unknown as Settings;
