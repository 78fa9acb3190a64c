import { read, refuse } from './value-kind.js';
import type { Read, ValueKind } from './value-kind.js';

export interface IntegerRange {
  readonly least: number;
  readonly most: number;
  /** What the smallest value means when it is not a quantity: 'no limit', 'any free port'. */
  readonly zeroMeans?: string;
}

/** A whole number in decimal digits. */
export function integer(range: IntegerRange, placeholder = 'N'): ValueKind<number> {
  const { least, most, zeroMeans } = range;
  const explained = `${least} to ${most}${zeroMeans === undefined ? '' : `; 0: ${zeroMeans}`}`;
  return {
    placeholder,
    range: explained,
    shape: 'value',
    parse(text) {
      if (!/^-?[0-9]+$/.test(text))
        return refuse('it is not a whole number', `write a number from ${explained}`);
      const value = Number(text);
      if (value < least || value > most)
        return refuse('it is out of range', `write a number from ${explained}`);
      return read(value);
    },
    show: String,
  };
}

/** A value of `kind`, or a word that stands for something else: a port or `off`, a number or `auto`. */
export function orWord<T, W extends string>(kind: ValueKind<T>, word: W): ValueKind<T | W> {
  return {
    placeholder: `${kind.placeholder}|${word}`,
    range: `${kind.range}, or ${word}`,
    shape: kind.shape,
    parse(text): Read<T | W> {
      if (text === word) return read(word);
      const result = kind.parse(text);
      return result.ok ? result : refuse(result.reason, `${result.mend}, or ${word}`);
    },
    show: (value) => (value === word ? word : kind.show(value as T)),
  };
}

/** A port to listen on. */
export function port(): ValueKind<number> {
  return integer({ least: 0, most: 65535, zeroMeans: 'any free port' }, 'PORT');
}

/** One of a few words. */
export function choice<const W extends string>(...words: readonly W[]): ValueKind<W> {
  const list = words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return {
    placeholder: words.join('|'),
    range: list,
    shape: 'value',
    parse: (text) => {
      const word = words.find((candidate) => candidate === text);
      return word === undefined
        ? refuse('it is not one of the values there are', `write ${list}`)
        : read(word);
    },
    show: (value) => value,
  };
}

/** On or off; on the command line the name alone switches on. */
export function flag(): ValueKind<boolean> {
  return {
    placeholder: 'on|off',
    range: 'on or off',
    shape: 'switch',
    parse(text) {
      if (['on', 'true', 'yes', '1'].includes(text)) return read(true);
      if (['off', 'false', 'no', '0'].includes(text)) return read(false);
      return refuse('it is neither on nor off', 'write on or off');
    },
    show: (value) => (value ? 'on' : 'off'),
  };
}

/** Text of limited length without control characters. */
export function text(options: {
  readonly placeholder: string;
  readonly range: string;
  readonly least: number;
  readonly most: number;
}): ValueKind<string> {
  return {
    placeholder: options.placeholder,
    range: options.range,
    shape: 'value',
    parse(value) {
      if (CONTROL.test(value)) return refuse('it has control characters', 'leave them out');
      const bytes = Buffer.byteLength(value);
      if (bytes < options.least)
        return refuse(`it has less than ${options.least} bytes`, 'write a longer one');
      if (bytes > options.most)
        return refuse(`it has more than ${options.most} bytes`, 'write a shorter one');
      return read(value);
    },
    show: (value) => value,
  };
}

/** The path of a file or folder. */
export function path(placeholder: 'FILE' | 'FOLDER'): ValueKind<string> {
  return text({ placeholder, range: 'a path', least: 1, most: 4096 });
}

/** C0 and C1 control characters. */
export const CONTROL = /\p{Cc}/u;
