import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { SrtpProfile } from '@madang/core/env/srtp';

/** What libsrtp is asked to do with a packet, as the Debian package python3-pylibsrtp offers it. */
export type LibsrtpTask = 'protect' | 'unprotect' | 'protect_rtcp' | 'unprotect_rtcp';

/** Why tests against libsrtp have to be skipped, or undefined: it is there. */
export function missingLibsrtp(): string | undefined {
  try {
    execFileSync(PYTHON, ['-c', 'import pylibsrtp'], { stdio: 'ignore', timeout: 20_000 });
    return undefined;
  } catch {
    return 'python3-pylibsrtp not installed';
  }
}

/** One libsrtp session that sends and one that receives, with the same keys, in a Python process. */
export class LibsrtpPeer {
  readonly #child: ChildProcess;
  #requests: Buffer[] = [];
  #received: Buffer = Buffer.alloc(0);

  constructor(profile: SrtpProfile, keyAndSalt: Uint8Array) {
    const key = Buffer.from(keyAndSalt).toString('hex');
    this.#child = spawn(PYTHON, ['-c', SCRIPT, LIBSRTP_PROFILES[profile], key], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
  }

  /** Adds a packet to what `run` will have done. */
  ask(task: LibsrtpTask, packet: Uint8Array): void {
    const head = Buffer.alloc(3);
    head.writeUInt8(TASKS.indexOf(task), 0);
    head.writeUInt16BE(packet.length, 1);
    this.#requests.push(head, Buffer.from(packet));
  }

  /** What has become of the packets asked about since the last call, in order; undefined for one that was refused. */
  async run(): Promise<(Buffer | undefined)[]> {
    const count = this.#requests.length / 2;
    const head = Buffer.alloc(4);
    head.writeUInt32BE(count);
    this.#child.stdin!.write(Buffer.concat([head, ...this.#requests]));
    this.#requests = [];
    await this.#until(4);
    const total = this.#received.readUInt32BE(0);
    await this.#until(4 + total);
    const results: (Buffer | undefined)[] = [];
    for (let at = 4; at < 4 + total;) {
      const length = this.#received.readUInt16BE(at);
      at += 2;
      results.push(length === REFUSED ? undefined : Buffer.from(this.#received.subarray(at, at + length)));
      if (length !== REFUSED) at += length;
    }
    this.#received = this.#received.subarray(4 + total);
    return results;
  }

  stop(): void {
    this.#child.stdin!.end();
  }

  async #until(bytes: number): Promise<void> {
    while (this.#received.length < bytes) {
      if (this.#child.exitCode !== null) throw new Error('the Python process has ended');
      await once(this.#child.stdout!, 'data');
    }
  }
}

/** Debian's own, whatever other Python comes first on the search path. */
const PYTHON = '/usr/bin/python3';
const TASKS: readonly LibsrtpTask[] = ['protect', 'unprotect', 'protect_rtcp', 'unprotect_rtcp'];
const REFUSED = 0xffff;

const LIBSRTP_PROFILES: Record<SrtpProfile, string> = {
  AEAD_AES_128_GCM: 'SRTP_PROFILE_AEAD_AES_128_GCM',
  AEAD_AES_256_GCM: 'SRTP_PROFILE_AEAD_AES_256_GCM',
  AES_CM_128_HMAC_SHA1_80: 'SRTP_PROFILE_AES128_CM_SHA1_80',
};

/** Batches of packets on standard input, each with a task and a length; results in the same order on standard output. */
const SCRIPT = `
import struct, sys
from pylibsrtp import Error, Policy, Session

def session(direction):
    policy = Policy(key=bytes.fromhex(sys.argv[2]), ssrc_type=direction,
                    srtp_profile=getattr(Policy, sys.argv[1]))
    policy.window_size = 1024
    return Session(policy)

sender, receiver = session(Policy.SSRC_ANY_OUTBOUND), session(Policy.SSRC_ANY_INBOUND)
tasks = [sender.protect, receiver.unprotect, sender.protect_rtcp, receiver.unprotect_rtcp]
source, sink = sys.stdin.buffer, sys.stdout.buffer
while True:
    head = source.read(4)
    if len(head) < 4:
        break
    results = []
    for _ in range(struct.unpack('>I', head)[0]):
        task, length = struct.unpack('>BH', source.read(3))
        packet = source.read(length)
        try:
            result = tasks[task](packet)
            results.append(struct.pack('>H', len(result)) + result)
        except (Error, TypeError):
            results.append(b'\\xff\\xff')
    batch = b''.join(results)
    sink.write(struct.pack('>I', len(batch)) + batch)
    sink.flush()
`;
