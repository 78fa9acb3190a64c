import { useEffect, useState } from 'preact/hooks';
import { BrandBar } from '../brand/brand-bar.js';
import { InvitationDialog } from '../home/invitation-dialog.js';
import { changePreferences, preferences } from '../settings/preferences.js';
import { usePageTitle } from '../texts/page-title.js';
import { Button } from '../ui/button.js';
import { Field } from '../ui/field.js';
import type { Door } from '../join/door.js';
import { DeviceRows } from './device-rows.js';
import { InsideNote } from './inside-note.js';
import { prejoinTexts } from './prejoin-texts.js';
import { PreviewPicture } from './preview-picture.js';
import type { Preview } from './preview.js';
import { usePreferredDevices } from './use-preferred-devices.js';
import './prejoin-screen.css';

export interface PrejoinProps {
  readonly room: string;
  readonly preview: Preview;
  /** The name that an access token gives; it cannot be changed. */
  readonly tokenName: string | undefined;
  /** One comes to watch and listen only. */
  readonly viewer: boolean;
  /** What the server says of the room; nothing until it has answered. */
  readonly door: Door | undefined;
  /** On the way in: the screen waits. */
  readonly entering: boolean;
  readonly onEnter: (name: string) => void;
  readonly onCancel: () => void;
  readonly openSettings: () => void;
}

/** Before a room: see and hear oneself, choose devices, say one's name. */
export function PrejoinScreen(props: PrejoinProps) {
  const { room, preview, viewer, openSettings } = props;
  const text = prejoinTexts();
  const [inviting, setInviting] = useState(false);
  usePageTitle(text.title(room));
  usePreferredDevices(preview);
  return (
    <>
      <BrandBar openSettings={openSettings} />
      <main class={viewer ? 'prejoin prejoin-viewer' : 'prejoin'} data-testid="prejoin">
        {!viewer && (
          <div class="prejoin-look">
            <PreviewPicture preview={preview} name={props.tokenName ?? preferences.value.name} />
          </div>
        )}
        <div class="prejoin-ask">
          <div class="prejoin-head">
            <p class="prejoin-room">
              <span class="spoken">{text.room}: </span>
              <span data-testid="prejoin-room">{room}</span>
            </p>
            <h1>{text.heading}</h1>
            <InsideNote door={props.door} />
          </div>
          {viewer && <p class="prejoin-watching">{text.watching}</p>}
          <NameForm {...props} openInvitation={() => setInviting(true)} />
          {!viewer && <DeviceRows preview={preview} />}
        </div>
      </main>
      <InvitationDialog open={inviting} room={room} onClose={() => setInviting(false)} />
    </>
  );
}

function NameForm(props: PrejoinProps & { readonly openInvitation: () => void }) {
  const { tokenName, entering, viewer, preview } = props;
  const text = prejoinTexts();
  const [problem, setProblem] = useState<string>();
  const name = tokenName ?? preferences.value.name;
  const states = [preview.camera.value.state, preview.microphone.value.state];
  // Off can be turned on inside; what cannot be had cannot.
  const watching =
    viewer || (states.includes('failed') && !states.some((state) => state === 'on' || state === 'opening'));

  useEffect(() => setProblem(undefined), [name]);

  return (
    <form
      class="prejoin-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (entering) return;
        if (name.trim() === '') {
          setProblem(text.nameNeeded);
          document.querySelector<HTMLInputElement>('.prejoin-form input')?.focus();
          return;
        }
        props.onEnter(name.trim());
      }}
    >
      <Field
        label={text.name}
        value={name}
        maxLength={64}
        placeholder={text.namePlaceholder}
        problem={problem}
        {...(tokenName === undefined ? {} : { hint: text.nameFromToken })}
        testId="name"
        attributes={{
          autocomplete: 'name',
          enterkeyhint: 'go',
          readOnly: tokenName !== undefined || entering,
        }}
        onInput={(value) => changePreferences({ name: value })}
      />
      <div class="prejoin-actions">
        <Button
          kind="primary"
          size="l"
          type="submit"
          data-testid="enter"
          aria-busy={entering}
          disabled={entering}
        >
          <span aria-live="polite">{entering ? text.joining : watching ? text.joinWatching : text.join}</span>
        </Button>
        {entering ? (
          <Button kind="quiet" data-testid="cancel" onClick={props.onCancel}>
            {text.cancel}
          </Button>
        ) : (
          <Button kind="quiet" icon="qr" data-testid="invite" onClick={props.openInvitation}>
            {text.invite}
          </Button>
        )}
      </div>
    </form>
  );
}
