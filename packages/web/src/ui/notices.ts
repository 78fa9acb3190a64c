import { signal } from '@preact/signals';

export type NoticeKind = 'info' | 'ok' | 'warn' | 'error';

/** A short message that needs no answer. */
export interface Notice {
  readonly noticeId: number;
  readonly kind: NoticeKind;
  readonly text: string;
  /** What can be done about it: one button. */
  readonly action: { readonly label: string; readonly run: () => void } | undefined;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/** Messages kept to be read again. */
export const KEPT_NOTICES = 30;
const SHOWN_NOTICES = 3;
/** How long a message stays: long enough to read it slowly. */
const SHOWN_MS = { base: 5000, perCharacter: 60 } as const;

/** What is shown now, oldest first. */
export const shownNotices = signal<readonly Notice[]>([]);
/** All of this visit, newest first; also those no longer shown. */
export const noticeHistory = signal<readonly Notice[]>([]);

let lastId = 0;

/** Shows a message; errors stay until they are closed. Answers a function that takes it away. */
export function notify(
  text: string,
  { kind = 'info', action }: { readonly kind?: NoticeKind; readonly action?: Notice['action'] } = {},
): () => void {
  const notice: Notice = { noticeId: ++lastId, kind, text, action, at: Date.now() };
  const others = shownNotices.value.filter((shown) => shown.text !== text);
  shownNotices.value = [...others, notice].slice(-SHOWN_NOTICES);
  noticeHistory.value = [notice, ...noticeHistory.value].slice(0, KEPT_NOTICES);
  return () => closeNotice(notice.noticeId);
}

/** Takes a message away; it stays in the history. */
export function closeNotice(noticeId: number): void {
  shownNotices.value = shownNotices.value.filter((notice) => notice.noticeId !== noticeId);
}

/** How long a message is shown, in milliseconds; undefined: until it is closed. */
export function shownMs({ kind, text, action }: Notice): number | undefined {
  if (kind === 'error' || action) return undefined;
  return SHOWN_MS.base + SHOWN_MS.perCharacter * text.length;
}
