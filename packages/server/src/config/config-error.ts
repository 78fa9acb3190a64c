/** A mistake in the configuration: what is wrong, and how to mend it. */
export interface ConfigError {
  /** The key, or what was written instead of one. */
  readonly key: string;
  /** What was given; absent when it is a secret or the whole is wrong. */
  readonly value?: string;
  /** Where it stands: `--turn-port`, `MADANG_TURN_PORT`, or the configuration file. */
  readonly source: string;
  /** Clause: 'it is not a whole number'. */
  readonly reason: string;
  /** Clause: 'write a number from 0 to 65535'. */
  readonly mend: string;
}

/** The error as one line for people. Control characters are escaped, long values cut. */
export function describeConfigError(error: ConfigError): string {
  const value = error.value === undefined ? '' : ` '${cut(error.value)}'`;
  const source = error.source === error.key ? '' : ` (${cut(error.source)})`;
  return `Configuration error: ${cut(error.key)}${source}${value}: ${printable(error.reason)}; ${printable(error.mend)}`;
}

function cut(text: string): string {
  return printable(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text);
}

/** Control, format and line-separating characters as escapes: the line stays one line and shows what it says. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
}

const LONGEST_VALUE = 80;
