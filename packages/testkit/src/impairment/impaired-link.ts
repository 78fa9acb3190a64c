import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadFfi } from '@madang/server/native/ffi';
import { runCommand } from '../nat/command.js';
import type { ForwarderCommand } from './forwarder-command.js';
import type { LinkImpairment, LinkReport } from './link-report.js';

/** One end of a link: an interface that does not exist yet, in a namespace that does. */
export interface LinkEnd {
  readonly namespace: string;
  readonly interface: string;
}

export interface ImpairedLinkOptions extends LinkImpairment {
  readonly outer: LinkEnd;
  readonly inner: LinkEnd;
  /** The same seed and traffic: the same losses, delays and order. */
  readonly seed: number;
}

/** Why links cannot be impaired here; undefined when they can. */
export function impairmentObstacle(): string | undefined {
  const ffi = loadFfi();
  if (!ffi.ok) return `impaired links need FFI: ${ffi.reason}`;
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return 'impaired links need /dev/net/tun, which is not there or not for this user';
  }
}

/**
 * A link between two network namespaces that loses, delays, reorders and slows down what it carries, in a process of its
 * own. It takes the place of a veth pair: both interfaces are made here, and the caller gives them addresses.
 */
export class ImpairedLink {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;
  #errors = '';

  /** Makes both interfaces (down, as a new veth is). Rejects with what the forwarder said when it cannot. */
  static async start(options: ImpairedLinkOptions): Promise<ImpairedLink> {
    const { outer, inner } = options;
    const temporary = `${outer.interface}i`;
    const impairment: LinkImpairment = { toInner: options.toInner, toOuter: options.toOuter };
    const link = new ImpairedLink(
      spawn('ip', [
        ...['netns', 'exec', outer.namespace, process.execPath, MAIN],
        ...[outer.interface, temporary, String(options.seed), JSON.stringify(impairment)],
      ]),
    );
    try {
      await link.#answer();
      const move = ['link', 'set', temporary, 'netns', inner.namespace, 'name', inner.interface];
      await runCommand('ip', ['-n', outer.namespace, ...move]);
      return link;
    } catch (error) {
      await link.stop();
      throw error;
    }
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    // Who ends while something is written to it is found out by the missing answer.
    child.stdin!.on('error', () => undefined);
    this.#lines = createInterface(child.stdout!);
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** From now on the link is like this; what is under way arrives as it would have. Resolves with the report up to here. */
  change(impairment: LinkImpairment): Promise<LinkReport> {
    return this.#tell({ do: 'change', impairment });
  }

  /** What it did so far. */
  report(): Promise<LinkReport> {
    return this.#tell({ do: 'report' });
  }

  /** Removes both interfaces. May be called twice. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'close');
      this.#child.kill('SIGKILL');
      await ended;
    }
    this.#lines.close();
  }

  #tell(command: ForwarderCommand): Promise<LinkReport> {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    return this.#answer() as Promise<LinkReport>;
  }

  async #answer(): Promise<unknown> {
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`the forwarder of a link has ended: ${this.#errors}`);
    return JSON.parse(value as string);
  }
}

const MAIN = fileURLToPath(new URL('./forwarder-main.js', import.meta.url));
