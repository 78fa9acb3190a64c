import pino from 'pino';
import { formatPretty } from './pretty.js';
import { cleanText, redactAddressText } from './redact.js';
import type { LogLevel } from './redact.js';

export type LogFields = Readonly<Record<string, string | number>>;

/** Writes one line. `message` is our own sentence without data; data goes into `fields`. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

export interface LogOptions {
  readonly format: 'pretty' | 'json';
  /** The least important level that is written. Addresses of clients and peers are whole at debug only. */
  readonly level: LogLevel;
  /** Where whole lines go. */
  readonly write: (line: string) => void;
  /** Colours suit a terminal. */
  readonly colours?: 'on' | 'off';
}

/**
 * A log whose fields are made safe by their names: addresses of clients and peers are shortened, text of strangers is
 * escaped and cut, what is secret is never written.
 */
export function createLog(options: LogOptions): Log {
  const { level, format, write } = options;
  const colours = options.colours ?? 'off';
  const stream = {
    write: format === 'json' ? write : (line: string) => write(formatPretty(line, colours)),
  };
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return (lineLevel, message, fields) => {
    if (!logger.isLevelEnabled(lineLevel)) return;
    logger[lineLevel](safeFields(fields, level), cleanText(message, LONGEST_TEXT));
  };
}

/** A log on standard error. Lines are written at once, so that none is lost when the process ends. */
export function createStandardErrorLog(options: Pick<LogOptions, 'format' | 'level'>): Log {
  const destination = pino.destination({ dest: 2, sync: true });
  // A closed or full pipe must not end the servers.
  destination.on('error', () => {});
  const colours = process.stderr.isTTY ? 'on' : 'off';
  return createLog({ ...options, colours, write: (line) => void destination.write(line) });
}

function safeFields(fields: LogFields | undefined, level: LogLevel): LogFields {
  const safe: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (RESERVED_FIELDS.has(name)) safe[`${name}_`] = value;
    else if (SECRET_FIELDS.has(name)) safe[name] = '(hidden)';
    else if (typeof value === 'number') safe[name] = value;
    else if (ADDRESS_FIELDS.has(name)) safe[name] = cleanText(redactAddressText(value, level));
    else safe[name] = cleanText(value, FOREIGN_FIELDS.has(name) ? undefined : LONGEST_TEXT);
  }
  return safe;
}

/** Addresses of somebody else: private at info. */
const ADDRESS_FIELDS = new Set(['client', 'peer', 'remote', 'relayed', 'source']);
/** Text somebody else wrote. */
const FOREIGN_FIELDS = new Set(['username', 'realm', 'origin', 'software', 'identity']);
const SECRET_FIELDS = new Set(['password', 'secret', 'key', 'nonce', 'token', 'credential']);
const RESERVED_FIELDS = new Set(['level', 'time', 'message']);
const LONGEST_TEXT = 2048;
