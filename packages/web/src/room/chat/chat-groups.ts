import type { ChatMessage } from '../../sdk.js';

/** What somebody said without anybody else speaking in between: shown under one name. */
export interface ChatGroup {
  readonly from: string;
  readonly name: string;
  readonly to: string | undefined;
  readonly sentAt: number;
  readonly messages: readonly ChatMessage[];
}

/** After a pause this long the name and the time are shown again. */
const PAUSE_MS = 4 * 60_000;

/** Puts messages that follow each other, from one person to the same receivers, together. */
export function chatGroups(messages: readonly ChatMessage[]): ChatGroup[] {
  const groups: {
    from: string;
    name: string;
    to: string | undefined;
    sentAt: number;
    messages: ChatMessage[];
  }[] = [];
  for (const message of messages) {
    const group = groups.at(-1);
    const last = group?.messages.at(-1);
    if (
      group !== undefined &&
      last !== undefined &&
      group.from === message.from &&
      group.name === message.name &&
      group.to === message.to &&
      message.sentAt - last.sentAt < PAUSE_MS
    ) {
      group.messages.push(message);
    } else {
      const { from, name, to, sentAt } = message;
      groups.push({ from, name, to, sentAt, messages: [message] });
    }
  }
  return groups;
}
