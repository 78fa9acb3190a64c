import assert from 'node:assert/strict';
import { NO_PATH } from '@madang/core/path/path';
import type { Arrival, PathId } from '@madang/core/path/path';
import { instant } from '@madang/core/time/instant';
import { createCrypto } from '../crypto/create-crypto.js';
import { openDtlsEndpoint } from '../crypto/dtls-endpoint.js';
import type { DtlsEndpoint } from '../crypto/dtls-endpoint.js';
import { NodeRandom } from '../crypto/node-random.js';
import { createSelfSignedCertificate } from '../crypto/self-signed-certificate.js';
import type { DtlsSession } from '../native/openssl/dtls-session.js';
import { DtlsListener } from './dtls-listener.js';
import type { DtlsListenerOptions } from './dtls-listener.js';

// What the tests of the DTLS listener share; it has no tests of its own.
const certificate = createSelfSignedCertificate({ issuedAt: new Date() });
const crypto = createCrypto().crypto;

/** A listener, its clients and the driver between them, with a clock of its own. */
export class Net {
  readonly listener: DtlsListener;
  readonly log: string[] = [];
  readonly paths = new Map<string, PathId>();
  readonly outbox: { client: Client; bytes: Buffer }[] = [];
  readonly history: { bytes: Buffer }[] = [];
  readonly clients: Client[] = [];
  now = 1000;
  answerTo: Client | undefined;
  pathTableFull: 'yes' | 'no' = 'no';
  onPlaintext: (path: PathId) => void = () => {};
  #lastPath = 0;
  #sender: Client | undefined;

  constructor(
    options: Partial<DtlsListenerOptions> = {},
    endpoint: { retransmissionMilliseconds?: number } = {},
  ) {
    this.listener = new DtlsListener({
      endpoint: serverEndpoint(endpoint),
      crypto,
      random: new NodeRandom(),
      ...options,
      host: {
        reply: (_arrival, bytes, offset, length) => this.#sender!.inbox.push(copy(bytes, offset, length)),
        retainPath: () => (this.pathTableFull === 'yes' ? NO_PATH : this.intern(this.#sender!)),
        releasePath: (path) => {
          for (const [key, value] of this.paths) if (value === path) this.paths.delete(key);
        },
        transmit: (path, bytes, offset, length) =>
          this.#receiver(path).inbox.push(copy(bytes, offset, length)),
        opened: (path) => this.log.push(`opened ${path}`),
        plaintext: (path, bytes, offset, length) => {
          this.log.push(`plaintext ${path} ${copy(bytes, offset, length).toString()}`);
          this.onPlaintext(path);
        },
        closed: (path, reason) => this.log.push(`closed ${path} ${reason}`),
      },
    });
  }

  intern(client: Client): PathId {
    const path = this.paths.get(client.key) ?? ++this.#lastPath;
    this.paths.set(client.key, path);
    return path;
  }

  toListener(client: Client, bytes: Buffer): void {
    this.#sender = client;
    const path = this.paths.get(client.key) ?? NO_PATH;
    const at = bytes.length % 5;
    const inside = Buffer.concat([Buffer.alloc(at, 0x99), bytes, Buffer.alloc(3, 0x99)]);
    this.listener.handleDatagram(instant(this.now), path, client.arrival(path), inside, at, bytes.length);
  }

  /** The datagram a client has just written, taken off the way. */
  takeFrom(client: Client): Buffer {
    const index = this.outbox.findIndex((datagram) => datagram.client === client);
    return this.outbox.splice(index, 1)[0]!.bytes;
  }

  /** Brings a client to where its hello with the cookie has been handled. The answer waits in its inbox. */
  halfOpen(client: Client): void {
    client.session.connect();
    this.toListener(client, this.takeFrom(client));
    client.deliver();
    this.toListener(client, this.takeFrom(client));
  }

  run(): void {
    for (let busy = true; busy;) {
      busy = false;
      for (const { client, bytes } of this.outbox.splice(0)) {
        busy = true;
        this.history.push({ bytes });
        this.toListener(client, bytes);
      }
      for (const client of this.clients) if (client.held === 'no') busy = client.deliver() > 0 || busy;
    }
  }

  /** Time passes; what is on the way stays there. */
  tick(milliseconds: number): void {
    this.now += milliseconds;
    this.listener.handleTimeout(instant(this.now));
  }

  advance(milliseconds: number): void {
    this.tick(milliseconds);
    this.run();
  }

  end(): void {
    for (const client of this.clients) client.session.free();
    this.listener.closeAll();
    assert.deepEqual([this.listener.sessions, this.listener.handshakes], [0, 0]);
    assert.equal(this.listener.nextDeadline(), Infinity);
  }

  #receiver(path: PathId): Client {
    const matching = this.clients.filter((client) => this.paths.get(client.key) === path);
    return this.answerTo && matching.includes(this.answerTo) ? this.answerTo : matching.at(-1)!;
  }
}

export class Client {
  readonly session: DtlsSession;
  readonly inbox: Buffer[] = [];
  readonly received: string[] = [];
  held: 'yes' | 'no' = 'no';
  readonly host: number;
  port: number;

  constructor(net: Net, host: number, port = 4000, endpoint = clientEndpoint()) {
    this.host = host;
    this.port = port;
    net.clients.push(this);
    this.session = endpoint.createSession({
      transmit: (bytes, offset, length) =>
        net.outbox.push({ client: this, bytes: copy(bytes, offset, length) }),
      plaintext: (bytes, offset, length) => this.received.push(copy(bytes, offset, length).toString()),
    });
  }

  get key(): string {
    return `${this.host}:${this.port}`;
  }

  arrival(path: PathId): Arrival {
    const words = new Uint32Array(8);
    words[0] = 0xc0000200 + this.host;
    return { path, socket: 1, transport: 0, family: 4, port: this.port, words };
  }

  deliver(): number {
    const waiting = this.inbox.splice(0);
    for (const bytes of waiting) this.session.handleDatagram(bytes, 0, bytes.length);
    return waiting.length;
  }
}

function copy(bytes: Uint8Array, offset: number, length: number): Buffer {
  return Buffer.from(bytes.subarray(offset, offset + length));
}

export function serverEndpoint(
  more: { retransmissionMilliseconds?: number } = {},
  own = certificate,
): DtlsEndpoint {
  const opened = openDtlsEndpoint({ role: 'server', certificate: own, ...more });
  assert.ok(opened.ok);
  return opened.endpoint;
}

let sharedClient: DtlsEndpoint | undefined;

function clientEndpoint(): DtlsEndpoint {
  if (sharedClient === undefined) {
    const opened = openDtlsEndpoint({ role: 'client' });
    assert.ok(opened.ok);
    sharedClient = opened.endpoint;
  }
  return sharedClient;
}

/** A record with one fragment (of `fragmentBytes`) of a handshake message that claims `messageBytes`. */
export function handshakeRecord(
  sequence: number,
  type: number,
  messageBytes: number,
  messageSequence: number,
  fragmentBytes: number,
): Buffer {
  const record = Buffer.alloc(13 + 12 + fragmentBytes);
  record.writeUInt16BE(0x16fe, 0);
  record[2] = 0xfd;
  record.writeUInt32BE(sequence + 10, 7);
  record.writeUInt16BE(12 + fragmentBytes, 11);
  record[13] = type;
  record.writeUIntBE(messageBytes, 14, 3);
  record.writeUInt16BE(messageSequence, 17);
  record.writeUIntBE(fragmentBytes, 22, 3);
  return record;
}
