/** A JSON log line as people like it: `12:34:56.789 warn  A sentence  name=value`. Ends with a newline. */
export function formatPretty(line: string, colours: 'on' | 'off'): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, time, message, ...fields } = record;
  const paint = (code: number, text: string) => (colours === 'on' ? `\u001b[${code}m${text}\u001b[0m` : text);
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const name = String(level);
  const pairs = Object.entries(fields).map(([key, value]) => ` ${paint(DIM, `${key}=`)}${quoted(value)}`);
  const head = `${paint(DIM, clock)} ${paint(LEVEL_COLOURS[name] ?? DIM, name.padEnd(5))} ${String(message)}`;
  return `${head}${pairs.length > 0 ? ` ${pairs.join('')}` : ''}\n`;
}

/** Values with spaces, quotes or nothing in them are quoted, so that pairs can be told apart. */
function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[\s"=]|^$/.test(text) ? JSON.stringify(text) : text;
}

const DIM = 2;
const LEVEL_COLOURS: Readonly<Record<string, number>> = { error: 31, warn: 33, info: 32, debug: 36 };
