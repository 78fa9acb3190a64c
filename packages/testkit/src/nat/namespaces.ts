import { readFileSync } from 'node:fs';
import { runCommand, tryCommand } from './command.js';

/** Why namespaces with NATs cannot be made here; undefined when they can. Makes one to find out. */
export async function laboratoryObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are a matter of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const program of ['ip', 'nft']) {
    const found = await tryCommand(program, ['-V']).catch(() => undefined);
    if (found === undefined) return `the program ${program} is missing`;
  }
  const probe = new NamespaceGroup();
  try {
    const namespace = await probe.add('probe');
    await probe.rules(
      namespace,
      'table ip nat {\n chain c {\n type nat hook postrouting priority srcnat;\n }\n}',
    );
    await probe.ip(namespace, ['link add wan type veth peer name lan']);
    return undefined;
  } catch (error) {
    return `this system makes no network namespaces: ${String(error).split('\n')[0]}`;
  } finally {
    await probe.destroy();
  }
}

/**
 * Network namespaces of this process. Their names carry the process number and start time, so that what a killed
 * process left behind can be told from what is in use.
 */
export class NamespaceGroup {
  readonly #prefix = `${PREFIX}-${process.pid}-${startTimeOf(process.pid)}-${nextGroup++}-`;
  readonly #names: string[] = [];

  /** Makes a namespace with its loopback up; `label` (letters, digits, dashes) is unique in the group. */
  async add(label: string): Promise<string> {
    const name = `${this.#prefix}${label}`;
    this.#names.push(name);
    await runCommand('ip', ['netns', 'add', name]);
    await this.ip(name, ['link set lo up']);
    return name;
  }

  /** Runs lines of `ip -batch` inside a namespace. */
  async ip(namespace: string, lines: readonly string[]): Promise<void> {
    await runCommand('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }

  /** Sets kernel parameters inside a namespace: path under /proc/sys to value. */
  async parameters(namespace: string, values: Readonly<Record<string, string | number>>): Promise<void> {
    const script = Object.entries(values).map(([key, value]) => `echo ${value} > /proc/sys/${key}`);
    await runCommand('ip', ['netns', 'exec', namespace, 'sh', '-e'], { input: `${script.join('\n')}\n` });
  }

  /** Loads nftables rules inside a namespace. */
  async rules(namespace: string, ruleSet: string): Promise<void> {
    await runCommand('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: ruleSet });
  }

  /** Kills what runs inside and removes the namespaces, links included. May be called twice. */
  async destroy(): Promise<void> {
    await Promise.all(this.#names.splice(0).map(removeNamespace));
  }
}

/** Removes the namespaces of processes that are gone, with what runs inside. Resolves with their names. */
export async function removeAbandonedNamespaces(): Promise<readonly string[]> {
  const listed = await runCommand('ip', ['netns', 'list']);
  const abandoned = listed
    .split('\n')
    .map((line) => line.split(' ')[0]!)
    .filter((name) => {
      const owner = new RegExp(`^${PREFIX}-(\\d+)-(\\d+)-`).exec(name);
      return owner !== null && startTimeOf(Number(owner[1])) !== owner[2];
    });
  await Promise.all(abandoned.map(removeNamespace));
  return abandoned;
}

async function removeNamespace(name: string): Promise<void> {
  const { status, stdout } = await tryCommand('ip', ['netns', 'pids', name]);
  if (status !== 0) return;
  // A namespace whose name is removed while processes are inside lives on without one.
  for (const pid of stdout.split('\n').filter(Boolean)) kill(Number(pid));
  await tryCommand('ip', ['netns', 'del', name]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Start time of a process in clock ticks since boot (proc(5), field 22); undefined when there is none. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

const PREFIX = 'madang-lab';
let nextGroup = 0;
