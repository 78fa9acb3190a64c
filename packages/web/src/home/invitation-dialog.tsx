import { shownLink } from '../call/shown-link.js';
import { mayInvite } from '../join/invitation.js';
import { joinTexts } from '../join/join-texts.js';
import { linksAreLocal, LocalOnlyHint } from '../join/local-only-hint.js';
import { roomLink } from '../route.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { QrCode } from '../ui/qr-code.js';
import { homeTexts } from './home-texts.js';
import './invitation-dialog.css';

/** The link to a room, to copy, to share and to photograph. */
export function InvitationDialog({
  open,
  room,
  onClose,
}: {
  readonly open: boolean;
  readonly room: string;
  readonly onClose: () => void;
}) {
  const text = homeTexts();
  if (!mayInvite(room)) {
    return (
      <Dialog open={open} title={text.invitationTitle} size="s" onClose={onClose} testId="invitation">
        <p>{joinTexts().hostsInvite}</p>
      </Dialog>
    );
  }
  const link = roomLink(room);
  return (
    <Dialog open={open} title={text.invitationTitle} size="s" onClose={onClose} testId="invitation">
      <div class="invitation-dialog">
        <QrCode value={link} label={text.qrLabel(room)} />
        <p class="invitation-dialog-link" data-testid="invitation-link">
          {shownLink(link)}
        </p>
        {linksAreLocal() ? <LocalOnlyHint /> : <p class="invitation-dialog-hint">{text.invitationHint}</p>}
        <div class="invitation-dialog-actions">
          <CopyButton value={link} kind="primary" testId="copy-link" />
          {'share' in navigator && (
            <Button
              icon="upload"
              onClick={() => {
                // Who closes the sheet without sharing wants nothing else to happen.
                navigator.share({ title: room, url: link }).catch(() => undefined);
              }}
            >
              {text.share}
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}
