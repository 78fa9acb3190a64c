/** A line of progress on standard error. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
