import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_PATH } from '@madang/core/path/path';
import type { PathId } from '@madang/core/path/path';
import { instant } from '@madang/core/time/instant';
import { certificateFingerprint } from '../crypto/certificate.js';
import { createCrypto } from '../crypto/create-crypto.js';
import { openDtlsEndpoint } from '../crypto/dtls-endpoint.js';
import { NodeRandom } from '../crypto/node-random.js';
import { createSelfSignedCertificate } from '../crypto/self-signed-certificate.js';
import { loadFfi } from '../native/ffi.js';
import { DtlsListener } from './dtls-listener.js';

const ffi = loadFfi();
const tool = spawnSync('openssl', ['version'], { encoding: 'utf8' });
const skip = !ffi.ok ? ffi.reason : tool.status !== 0 ? 'no openssl command' : false;
const certificate = createSelfSignedCertificate({ commonName: 'dtls.test', issuedAt: new Date() });
const EXPORTER = 'EXTRACTOR-dtls_srtp';

test('openssl s_client: cookie, SRTP profile, equal keys, data both ways, close', { skip }, async () => {
  const server = await Server.open();
  const client = new Tool([
    's_client',
    '-dtls1_2',
    '-connect',
    server.address,
    '-use_srtp',
    'SRTP_AEAD_AES_128_GCM',
    '-keymatexport',
    EXPORTER,
    '-keymatexportlen',
    '56',
  ]);
  await client.says(/Keying material: ([0-9A-F]{112})/);
  assert.equal(server.listener.counters.helloVerifyRequests, 1);
  assert.ok(server.keys !== undefined && client.output.includes(`Keying material: ${server.keys}`));
  assert.match(client.output, /SRTP Extension negotiated, profile=SRTP_AEAD_AES_128_GCM/);
  assert.match(client.output, /Extended master secret: yes/);
  assert.match(client.output, /New, TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256/);
  client.process.stdin.write('over the wire\n');
  await client.says(/echo: over the wire/);
  assert.ok(server.largestHandshakeDatagram <= 1200);
  client.process.stdin.end();
  await client.exit();
  await until(() => server.log.includes('closed peer'));
  server.close();
});

test('openssl s_client with a small MTU is understood', { skip }, async () => {
  const server = await Server.open();
  const client = new Tool(['s_client', '-dtls1_2', '-connect', server.address, '-mtu', '256']);
  await client.says(/Verify return code/);
  client.process.stdin.write('small\n');
  await client.says(/echo: small/);
  client.process.stdin.end();
  await client.exit();
  server.close();
});

for (const [arguments_, result] of [
  [['-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384'], 'accepted'],
  [['-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305'], 'accepted'],
  [['-cipher', 'AES128-SHA'], 'refused'],
  [['-cipher', 'ECDHE-ECDSA-AES128-SHA'], 'refused'],
  [['-cipher', 'ECDHE-ECDSA-AES256-SHA384'], 'refused'],
  [['-cipher', 'ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0'], 'refused'],
  [['-cipher', 'AECDH-NULL-SHA:ADH-AES128-SHA:@SECLEVEL=0'], 'refused'],
  [['-dtls1', '-cipher', 'ALL:@SECLEVEL=0'], 'refused'],
] as const) {
  test(`openssl s_client ${arguments_.join(' ')} is ${result}`, { skip }, async () => {
    const server = await Server.open();
    const version = (arguments_ as readonly string[]).includes('-dtls1') ? [] : ['-dtls1_2'];
    const client = new Tool(['s_client', ...version, '-connect', server.address, ...arguments_]);
    if (result === 'accepted') {
      await client.says(/Verify return code/);
      assert.ok(server.log.includes('opened'));
      client.process.stdin.end();
    } else {
      // A client that is refused is told by an alert, and nothing stays behind.
      await client.says(/alert (handshake failure|protocol version)/);
    }
    await client.exit();
    await until(() => server.listener.sessions === 0);
    assert.equal(server.listener.counters.handshakesFailed, result === 'refused' ? 1 : 0);
    server.close();
  });
}

for (const more of [[], ['-listen']]) {
  test(`openssl s_server ${more.join(' ')}: our client shakes hands with it`, { skip }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'madang-dtls-'));
    const file = (name: string, text: string): string => {
      writeFileSync(path.join(folder, name), text, { mode: 0o600 });
      return path.join(folder, name);
    };
    const peer = new Tool([
      's_server',
      '-dtls1_2',
      '-accept',
      '127.0.0.1:0',
      ...more,
      '-cert',
      file('c.pem', certificate.certificatePem),
      '-key',
      file('k.pem', certificate.privateKeyPem),
      '-use_srtp',
      'SRTP_AES128_CM_SHA1_80',
      '-keymatexport',
      EXPORTER,
      '-keymatexportlen',
      '60',
    ]);
    const [, port] = await peer.says(/ACCEPT 127\.0\.0\.1:(\d+)/);
    const opened = openDtlsEndpoint({
      role: 'client',
      peerCertificate: 'required',
      srtpProfiles: ['SRTP_AEAD_AES_128_GCM', 'SRTP_AES128_CM_SHA1_80'],
    });
    assert.ok(opened.ok);
    const socket = await boundSocket();
    const received: string[] = [];
    const session = opened.endpoint.createSession({
      transmit: (bytes, offset, length) =>
        socket.send(Buffer.from(bytes.subarray(offset, offset + length)), Number(port), '127.0.0.1'),
      plaintext: (bytes, offset, length) =>
        received.push(Buffer.from(bytes).toString('utf8', offset, offset + length)),
    });
    socket.on('message', (bytes) => session.handleDatagram(bytes, 0, bytes.length));
    session.connect();
    await until(() => session.state === 'established');
    const digest = Buffer.from(session.peerCertificateDigest()!).toString('hex');
    assert.equal(
      digest,
      certificateFingerprint(certificate.certificatePem).replaceAll(':', '').toLowerCase(),
    );
    assert.equal(session.srtpProfile(), 1);
    const [, keys] = await peer.says(/Keying material: ([0-9A-F]{120})/);
    assert.equal(keys, Buffer.from(session.exportKeyingMaterial(EXPORTER, 60)).toString('hex').toUpperCase());
    session.write(Buffer.from('from us\n'), 0, 8);
    await peer.says(/from us/);
    peer.process.stdin.write('from openssl\n');
    await until(() => received.join('').includes('from openssl'));
    session.close();
    await peer.says(/DONE/);
    peer.process.kill();
    await peer.exit();
    socket.close();
    session.free();
    rmSync(folder, { recursive: true });
  });
}

/** A listener on a real socket that answers each message with `echo: ...`. */
class Server {
  readonly log: string[] = [];
  readonly address: string;
  readonly listener: DtlsListener;
  keys: string | undefined;
  largestHandshakeDatagram = 0;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #ports = new Map<number, PathId>();

  static async open(): Promise<Server> {
    return new Server(await boundSocket());
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.address = `127.0.0.1:${socket.address().port}`;
    const opened = openDtlsEndpoint({
      role: 'server',
      certificate,
      srtpProfiles: ['SRTP_AEAD_AES_128_GCM', 'SRTP_AES128_CM_SHA1_80'],
    });
    assert.ok(opened.ok);
    let port = 0;
    const send = (bytes: Uint8Array, offset: number, length: number): void =>
      void this.#socket.send(Buffer.from(bytes.subarray(offset, offset + length)), port, '127.0.0.1');
    this.listener = new DtlsListener({
      endpoint: opened.endpoint,
      crypto: createCrypto().crypto,
      random: new NodeRandom(),
      host: {
        reply: (_arrival, bytes, offset, length) => send(bytes, offset, length),
        retainPath: (arrival) => {
          this.#ports.set(arrival.port, arrival.port);
          return arrival.port;
        },
        releasePath: (released) => this.#ports.delete(released),
        transmit: (_path, bytes, offset, length) => {
          if (bytes[offset] !== 23)
            this.largestHandshakeDatagram = Math.max(this.largestHandshakeDatagram, length);
          send(bytes, offset, length);
        },
        opened: (_path, session) => {
          this.log.push('opened');
          const bytes = session.srtpProfile() === 1 ? 60 : 56;
          this.keys = Buffer.from(session.exportKeyingMaterial(EXPORTER, bytes))
            .toString('hex')
            .toUpperCase();
        },
        plaintext: (at, bytes, offset, length) => {
          const answer = Buffer.concat([Buffer.from('echo: '), bytes.subarray(offset, offset + length)]);
          assert.ok(this.listener.write(at, answer, 0, answer.length));
        },
        closed: (_path, reason) => this.log.push(`closed ${reason}`),
      },
    });
    socket.on('message', (bytes, remote) => {
      port = remote.port;
      const known = this.#ports.get(port) ?? NO_PATH;
      const words = Uint32Array.of(0x7f000001, 0, 0, 0, 0x7f000001, 0, 0, 0);
      const arrival = { path: known, socket: 1, transport: 0, family: 4, port, words } as const;
      this.listener.handleDatagram(instant(performance.now()), known, arrival, bytes, 0, bytes.length);
    });
    this.#timer = setInterval(() => this.listener.handleTimeout(instant(performance.now())), 20);
  }

  close(): void {
    clearInterval(this.#timer);
    this.listener.closeAll();
    this.#socket.close();
  }
}

/** A run of the openssl command. It is killed after 20 seconds whatever happens. */
class Tool {
  readonly process: ChildProcessWithoutNullStreams;
  output = '';
  readonly #exited: Promise<unknown>;

  constructor(parameters: string[]) {
    this.process = spawn('openssl', parameters, { timeout: 20_000, killSignal: 'SIGKILL' });
    this.#exited = once(this.process, 'exit');
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString('latin1')));
    }
    this.process.stdin.on('error', () => {});
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (const end = performance.now() + 10_000; performance.now() < end; await sleep(5)) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
    }
    throw new Error(`openssl did not say ${pattern}:\n${this.output}`);
  }

  async exit(): Promise<void> {
    await this.#exited;
  }
}

async function boundSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await sleep(5)) if (holds()) return;
  throw new Error(`never: ${holds.toString()}`);
}
