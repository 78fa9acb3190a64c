import { randomBytes } from 'node:crypto';
import { Attribute, STUN_ATTRIBUTES, TURN_ATTRIBUTES } from '@madang/core/stun/attributes';
import { ClientTransaction } from '@madang/core/stun/client-transaction';
import { KnownAttributes } from '@madang/core/stun/known-attributes';
import { LongTermClient } from '@madang/core/stun/long-term-client';
import { MessageClass, messageType } from '@madang/core/stun/message-type';
import { StunMessageView } from '@madang/core/stun/message-view';
import { StunMessageWriter } from '@madang/core/stun/message-writer';
import { StunParseResult } from '@madang/core/stun/parse-result';
import { instant } from '@madang/core/time/instant';
import type { Instant } from '@madang/core/time/instant';
import { NodeCrypto } from '../../crypto/node-crypto.js';
import type { StunWire } from './stun-wire.js';

/** A response, or why there is none. `code` is 0 for success. */
export type StunAnswer =
  | { readonly ok: true; readonly code: number; readonly view: StunMessageView }
  | { readonly ok: false; readonly reason: string };

/** Sends requests over one wire and waits for their answers, authenticating when it is asked to. */
export class StunRequester {
  readonly #wire: StunWire;
  readonly #authentication: LongTermClient | undefined;
  /** Called with indications. */
  onIndication: (view: StunMessageView) => void = () => undefined;
  #onResponse: (view: StunMessageView) => void = () => undefined;

  constructor(wire: StunWire, credential?: { username: string; password: string }) {
    this.#wire = wire;
    this.#authentication = credential && new LongTermClient({ crypto: new NodeCrypto(), ...credential });
    wire.onMessage = (message) => {
      const view = new StunMessageView(KNOWN);
      if (view.parse(message, 0, message.length) !== StunParseResult.ok) return;
      if (view.messageClass === MessageClass.indication) this.onIndication(view);
      else this.#onResponse(view);
    };
  }

  /** Sends one request; `write` adds its attributes. */
  async request(
    method: number,
    write: (writer: StunMessageWriter) => void = () => undefined,
  ): Promise<StunAnswer> {
    // A challenge, a stale nonce, and the answer.
    for (let round = 0; round < 4; round++) {
      const writer = beginMessage(method, MessageClass.request);
      write(writer);
      this.#authentication?.authenticate(writer);
      const { view, verdict } = await this.#exchange(writer.buffer.slice(0, writer.length));
      if (view === undefined) return { ok: false, reason: 'no answer' };
      if (verdict !== 'retry')
        return { ok: true, code: view.readErrorCode(view.find(Attribute.errorCode)) ?? 0, view };
    }
    return { ok: false, reason: 'the server keeps asking for credentials' };
  }

  /** Sends an indication: nothing answers it. */
  indicate(method: number, write: (writer: StunMessageWriter) => void): void {
    const writer = beginMessage(method, MessageClass.indication);
    write(writer);
    this.#wire.send(writer.buffer.slice(0, writer.length));
  }

  close(): void {
    this.#wire.close();
  }

  #exchange(
    request: Uint8Array,
  ): Promise<{ view?: StunMessageView; verdict?: 'accept' | 'retry' | 'reject' }> {
    const transaction = new ClientTransaction({ request, transport: this.#wire.transport, ...PATIENCE });
    const output = {
      send: (bytes: Uint8Array) => {
        this.#wire.send(bytes);
      },
    };
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        clearTimeout(timer);
        if (transaction.outcome !== 'pending') {
          resolve({});
          return;
        }
        timer = setTimeout(() => {
          transaction.handleTimeout(now(), output);
          wait();
        }, transaction.nextDeadline() - now());
      };
      this.#onResponse = (view) => {
        if (!transaction.isAnsweredBy(view)) return;
        const verdict = this.#authentication?.handleResponse(view) ?? 'accept';
        if (verdict === 'discard') {
          transaction.discard();
          return;
        }
        transaction.accept();
        clearTimeout(timer);
        resolve({ view, verdict });
      };
      transaction.start(now(), output);
      wait();
    });
  }
}

function beginMessage(method: number, messageClass: MessageClass): StunMessageWriter {
  const writer = new StunMessageWriter({ buffer: new Uint8Array(MESSAGE_BYTES) });
  return writer.begin(messageType(method, messageClass), randomBytes(12), 0);
}

function now(): Instant {
  return instant(performance.now());
}

const KNOWN = new KnownAttributes([...STUN_ATTRIBUTES, ...TURN_ATTRIBUTES]);
const MESSAGE_BYTES = 2048;
/** About three seconds in all: the server is near, and somebody waits. */
const PATIENCE = { initialRtoMs: 200, maximumSends: 4, finalWaitFactor: 8, reliableTimeoutMs: 3000 };
