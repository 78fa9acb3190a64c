import { spawn } from 'node:child_process';

export interface CommandOptions {
  /** Text for standard input. */
  readonly input?: string;
  /** Default: 10 s. */
  readonly timeoutMs?: number;
}

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; it is killed after the time limit (status null then). Rejects when it cannot start. */
export function tryCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      timeout: options.timeoutMs ?? 10_000,
      killSignal: 'SIGKILL',
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (status) => {
      resolve({ status, stdout, stderr });
    });
    // A program that ends without reading its input is judged by its status.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** The same, and a status other than 0 rejects with what the program said. Resolves with standard output. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { status, stdout, stderr } = await tryCommand(program, args, options);
  if (status === 0) return stdout;
  const how = status === null ? 'was killed' : `ended with ${status}`;
  throw new Error(`${program} ${args.join(' ')} ${how}: ${stderr || stdout}\n${options.input ?? ''}`);
}
