import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A TCP path to a server of this machine that can be cut, held up and given another end. */
export class CuttableLink {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #targetPort: number;
  #isOpen = true;
  #isHeld = false;
  /** Connections that were asked for, refused ones included. */
  attempts = 0;

  /** Opens a port that leads to the port of `targetUrl`. */
  static async open(targetUrl: string): Promise<CuttableLink> {
    const link = new CuttableLink(Number(new URL(targetUrl).port));
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((near) => {
      this.#accept(near);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resets every connection. With `refuse`, new ones too until `mend()`. */
  cut(options: { refuse?: boolean } = {}): void {
    this.#isOpen = options.refuse !== true;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
    this.#pairs.clear();
  }

  /** From now on nothing gets through in either direction, and nobody is told: a cable that was pulled. */
  hold(): void {
    this.#isHeld = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Lets connections through again; those that were held stay dead. */
  mend(targetUrl?: string): void {
    if (targetUrl !== undefined) this.#targetPort = Number(new URL(targetUrl).port);
    this.#isOpen = true;
    this.#isHeld = false;
  }

  close(): void {
    this.cut({ refuse: true });
    this.#server.close();
  }

  #accept(near: Socket): void {
    this.attempts++;
    near.on('error', () => undefined);
    if (!this.#isOpen) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#targetPort, '127.0.0.1');
    far.on('error', () => undefined);
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes: Buffer) => to.write(bytes));
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
      if (this.#isHeld) from.pause();
    }
  }
}
