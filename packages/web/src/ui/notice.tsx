import { useEffect, useState } from 'preact/hooks';
import { Dialog } from './dialog.js';
import { Icon, type IconName } from './icon.js';
import { IconButton } from './icon-button.js';
import {
  closeNotice,
  noticeHistory,
  shownMs,
  shownNotices,
  type Notice,
  type NoticeKind,
} from './notices.js';
import { uiTexts } from './ui-texts.js';
import { language } from '../texts/language.js';
import './notice.css';

const ICONS: Readonly<Record<NoticeKind, IconName>> = {
  info: 'info',
  ok: 'check',
  warn: 'warning',
  error: 'warning',
};

/** Where messages appear; put once into a screen. They wait while they are pointed at or hold the focus. */
export function Notices() {
  const text = uiTexts();
  return (
    <section class="notices" aria-label={text.notices} aria-live="polite" data-testid="notices">
      {shownNotices.value.map((notice) => (
        <ShownNotice key={notice.noticeId} notice={notice} />
      ))}
    </section>
  );
}

function ShownNotice({ notice }: { readonly notice: Notice }) {
  const text = uiTexts();
  const [held, setHeld] = useState(false);
  const duration = shownMs(notice);
  useEffect(() => {
    if (duration === undefined || held) return undefined;
    const timer = setTimeout(() => closeNotice(notice.noticeId), duration);
    return () => clearTimeout(timer);
  }, [duration, held, notice.noticeId]);
  const { action } = notice;
  return (
    <div
      class={`notice notice-${notice.kind}`}
      data-testid="notice"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocusIn={() => setHeld(true)}
      onFocusOut={() => setHeld(false)}
    >
      <Icon name={ICONS[notice.kind]} />
      <p class="notice-text">{notice.text}</p>
      {action && (
        <button
          type="button"
          class="notice-action"
          onClick={() => {
            closeNotice(notice.noticeId);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <IconButton
        icon="close"
        size="s"
        tip="none"
        label={text.close}
        onClick={() => closeNotice(notice.noticeId)}
      />
    </div>
  );
}

/** All messages of this visit, to be read again. */
export function NoticeHistory({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const text = uiTexts();
  const time = new Intl.DateTimeFormat(language.value, { timeStyle: 'short' });
  return (
    <Dialog open={open} title={text.earlier} onClose={onClose} testId="notice-history">
      {noticeHistory.value.length === 0 && <p>{text.noNotices}</p>}
      <ol class="notice-history">
        {noticeHistory.value.map((notice) => (
          <li key={notice.noticeId}>
            <Icon name={ICONS[notice.kind]} />
            <p class="notice-text">{notice.text}</p>
            <time dateTime={new Date(notice.at).toISOString()}>{time.format(notice.at)}</time>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
