import { once } from 'node:events';
import WebSocket from 'ws';
import type { SentTrack } from '@madang/server/load/client-description';
import type { JoinOptions, MediaSignaling, SignaledClient } from '@madang/server/load/media-signaling';

/** What Janus says; fields that are not used are left out. */
interface JanusMessage {
  readonly janus: string;
  readonly transaction?: string;
  readonly sender?: number;
  readonly data?: { readonly id: number };
  readonly error?: { readonly reason: string };
  readonly plugindata?: { readonly data: VideoRoomData };
  readonly jsep?: { readonly type: string; readonly sdp: string };
}

interface VideoRoomData {
  readonly videoroom?: string;
  readonly error?: string;
  readonly id?: number;
  readonly participants?: readonly { readonly id: number; readonly publisher?: boolean }[];
}

/** Rooms of Janus' VideoRoom, all in one session over one WebSocket; every connection is a handle of its own. */
export class JanusSignaling implements MediaSignaling {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, (message: JanusMessage) => void>();
  readonly #failed = new Map<number, (reason: string) => void>();
  readonly #rooms = new Map<string, Promise<number>>();
  readonly #keepAlive: NodeJS.Timeout;
  #session = 0;
  #transactions = 0;
  /** Makes rooms. */
  #handle: Promise<number> | undefined;

  static async open(url: string): Promise<JanusSignaling> {
    const socket = new WebSocket(url, 'janus-protocol');
    await once(socket, 'open');
    const signaling = new JanusSignaling(socket);
    signaling.#session = (await signaling.#request({ janus: 'create' })).data!.id;
    return signaling;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#handleMessage(JSON.parse(data.toString()) as JanusMessage);
    });
    this.#keepAlive = setInterval(() => {
      this.#send({ janus: 'keepalive', transaction: 'keepalive' });
    }, KEEP_ALIVE_MS);
  }

  async join(options: JoinOptions): Promise<SignaledClient> {
    const room = await this.#room(options.room);
    const client = new JanusClient(this, room, options);
    if (options.publishes === 'yes') await client.enter();
    return client;
  }

  close(): void {
    clearInterval(this.#keepAlive);
    this.#socket.close();
  }

  /** A new handle of the plugin; `failed` is told when Janus gives its connection up. */
  async attach(failed: (reason: string) => void): Promise<number> {
    const { data } = await this.#request({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
    this.#failed.set(data!.id, failed);
    return data!.id;
  }

  detach(handle: number): void {
    this.#failed.delete(handle);
    this.#send({ janus: 'detach', handle_id: handle, transaction: 'detach' });
  }

  /** Asks the plugin for something; resolves with its event, not with the acknowledgement. */
  async ask(
    handle: number,
    body: Readonly<Record<string, unknown>>,
    jsep?: { readonly type: string; readonly sdp: string },
  ): Promise<JanusMessage> {
    const message = await this.#request({
      janus: 'message',
      handle_id: handle,
      body,
      ...(jsep !== undefined && { jsep }),
    });
    const error = message.plugindata?.data.error;
    if (error !== undefined) throw new Error(`Janus refused ${String(body['request'])}: ${error}`);
    return message;
  }

  /** Makes a room the first time somebody asks for its name. */
  #room(name: string): Promise<number> {
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    const number = FIRST_ROOM + this.#rooms.size;
    const made = this.#makeRoom(number);
    this.#rooms.set(name, made);
    return made;
  }

  async #makeRoom(room: number): Promise<number> {
    this.#handle ??= this.attach(() => undefined);
    // No limit of the bitrate, no key frames but those that are asked for.
    const limits = { publishers: 1000, bitrate: 0, fir_freq: 0 };
    const codecs = { audiocodec: 'opus', videocodec: 'vp8' };
    await this.ask(await this.#handle, { request: 'create', room, ...limits, ...codecs });
    return room;
  }

  #request(message: Readonly<Record<string, unknown>>): Promise<JanusMessage> {
    const transaction = String(++this.#transactions);
    return new Promise((resolve, reject) => {
      this.#waiting.set(transaction, (answer) => {
        if (answer.janus === 'ack') return;
        this.#waiting.delete(transaction);
        if (answer.janus === 'error') reject(new Error(`Janus: ${answer.error?.reason}`));
        else resolve(answer);
      });
      this.#send({ ...message, transaction });
    });
  }

  #send(message: Readonly<Record<string, unknown>>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const session = this.#session === 0 ? {} : { session_id: this.#session };
    this.#socket.send(JSON.stringify({ ...session, ...message }));
  }

  #handleMessage(message: JanusMessage): void {
    const { transaction, sender } = message;
    if (transaction !== undefined) this.#waiting.get(transaction)?.(message);
    if (message.janus === 'hangup') this.#failed.get(sender ?? 0)?.('Janus hung up');
  }
}

class JanusClient implements SignaledClient {
  readonly #janus: JanusSignaling;
  readonly #room: number;
  readonly #options: JoinOptions;
  readonly #handles: number[] = [];
  #publisher = 0;
  #ownId = 0;

  constructor(janus: JanusSignaling, room: number, options: JoinOptions) {
    this.#janus = janus;
    this.#room = room;
    this.#options = options;
  }

  async enter(): Promise<void> {
    this.#publisher = await this.#attach();
    const body = { request: 'join', ptype: 'publisher', room: this.#room, display: this.#options.name };
    this.#ownId = (await this.#janus.ask(this.#publisher, body)).plugindata!.data.id!;
  }

  async publish(offer: string, _tracks: readonly SentTrack[]): Promise<string> {
    const answer = await this.#janus.ask(
      this.#publisher,
      { request: 'publish' },
      { type: 'offer', sdp: offer },
    );
    return answer.jsep!.sdp;
  }

  async subscribe(): Promise<void> {
    const handle = await this.#attach();
    const room = this.#room;
    const streams = (await this.#publishers(handle))
      .filter((id) => id !== this.#ownId)
      .map((id) => ({ feed: id }));
    const offer = await this.#janus.ask(handle, { request: 'join', ptype: 'subscriber', room, streams });
    const sdp = this.#options.offered(offer.jsep!.sdp);
    await this.#janus.ask(handle, { request: 'start' }, { type: 'answer', sdp });
    this.#options.answered();
  }

  /** Ids of all who send; Janus may learn a moment later than they do that they are connected. */
  async #publishers(handle: number): Promise<number[]> {
    for (;;) {
      const body = { request: 'listparticipants', room: this.#room };
      const { participants = [] } = (await this.#janus.ask(handle, body)).plugindata!.data;
      const ids = participants.flatMap(({ id, publisher }) => (publisher === true ? [id] : []));
      if (ids.length === participants.length && ids.length > 0) return ids;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  leave(): void {
    for (const handle of this.#handles) this.#janus.detach(handle);
  }

  async #attach(): Promise<number> {
    const handle = await this.#janus.attach(this.#options.failed);
    this.#handles.push(handle);
    return handle;
  }
}

const KEEP_ALIVE_MS = 20_000;
const FIRST_ROOM = 1000;
