import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { QrCode } from '../ui/qr-code.js';
import { useRoom } from './room-context.js';
import { shownLink } from '../call/shown-link.js';
import { mayInvite } from '../join/invitation.js';
import { joinTexts } from '../join/join-texts.js';
import { linksAreLocal, LocalOnlyHint } from '../join/local-only-hint.js';
import { roomLink } from '../route.js';
import { roomTexts } from './room-texts.js';
import './invitation.css';

/** What stands where people would be while nobody else is here. */
export function Invitation() {
  const { call, actions } = useRoom();
  const text = roomTexts();
  if (!mayInvite(call.room.name)) {
    return (
      <section class="invitation" aria-labelledby="invitation-title" data-testid="invitation">
        <div class="invitation-words">
          <h2 id="invitation-title">{text.aloneTitle}</h2>
          <p class="invitation-text">{joinTexts().hostsInvite}</p>
        </div>
      </section>
    );
  }
  const link = roomLink(call.room.name);
  return (
    <section class="invitation" aria-labelledby="invitation-title" data-testid="invitation">
      <div class="invitation-words">
        <h2 id="invitation-title">{text.aloneTitle}</h2>
        <p class="invitation-text">{text.aloneText}</p>
        <p class="invitation-link" aria-label={text.linkLabel}>
          {shownLink(link)}
        </p>
        <LocalOnlyHint />
        <div class="invitation-buttons">
          <CopyButton value={link} kind="primary" testId="invitation-copy" />
          {typeof navigator.share === 'function' && (
            <Button onClick={() => actions.attempt(() => shareLink(link))}>{text.shareLink}</Button>
          )}
        </div>
      </div>
      <figure class="invitation-code">
        <QrCode value={link} label={text.linkLabel} />
        {!linksAreLocal() && <figcaption>{text.scan}</figcaption>}
      </figure>
    </section>
  );
}

/** The phone's own way to send something; closing it without sending is no failure. */
async function shareLink(url: string): Promise<void> {
  try {
    await navigator.share({ url });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
  }
}
