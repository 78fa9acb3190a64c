import type { DataOptions, DataSender } from '../api/data.js';

/** Channels for messages that are sent without one: each is opened once, however many messages there are. */
export class SingleMessages {
  readonly #open: (options: DataOptions) => DataSender;
  /** By to whom, then by how. */
  readonly #senders = new Map<string, Map<string, DataSender>>();

  /** @param open throws UsageError, as `Room.openChannel` does */
  constructor(open: (options: DataOptions) => DataSender) {
    this.#open = open;
  }

  /** @throws UsageError */
  async send(options: DataOptions, data: Uint8Array<ArrayBuffer> | string): Promise<number> {
    const { to = 'all', label = 'data', reliable = true } = options;
    const senders = this.#senders.get(to) ?? new Map<string, DataSender>();
    const key = `${reliable} ${label}`;
    const sender = senders.get(key) ?? this.#open({ to, label, reliable });
    this.#senders.set(to, senders.set(key, sender));
    return sender.send(data);
  }

  /** Somebody has left. */
  forget(participantId: string): void {
    for (const sender of this.#senders.get(participantId)?.values() ?? []) sender.close();
    this.#senders.delete(participantId);
  }

  /** All connections have ended. */
  clear(): void {
    this.#senders.clear();
  }
}
