import type { ChatMessage } from '@madang/wire/room-state';

export interface ChatHistoryLimits {
  readonly messages: number;
  /** Of all texts together, in UTF-16 units. */
  readonly units: number;
}

/** The latest messages for all of a room, for those who come later. */
export class ChatHistory {
  readonly #limits: ChatHistoryLimits;
  readonly #messages: ChatMessage[] = [];
  #units = 0;
  #lastId = 0;

  constructor(limits: ChatHistoryLimits) {
    this.#limits = limits;
  }

  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Numbers a message. A private one is not kept. */
  add(message: Omit<ChatMessage, 'chatId'>): ChatMessage {
    const chat = { chatId: ++this.#lastId, ...message };
    if (chat.to === undefined) this.#keep(chat);
    return chat;
  }

  #keep(chat: ChatMessage): void {
    this.#messages.push(chat);
    this.#units += chat.text.length;
    while (this.#messages.length > this.#limits.messages || this.#units > this.#limits.units) {
      this.#units -= this.#messages.shift()!.text.length;
    }
  }
}
