import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { IconButton } from '../../ui/icon-button.js';
import { useRoom } from '../room-context.js';
import { chatTexts } from './chat-texts.js';

/** Most characters of a message: the server's limit, in UTF-16 units. */
const MOST_CHARACTERS = 4000;
/** What is left is told when it becomes little. */
const TOLD_CHARACTERS = 200;

/** A line to write, to all or to one. */
export function ChatForm() {
  const { call, view, actions } = useRoom();
  const text = chatTexts();
  const field = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState('');
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.setProperty('height', 'auto');
    area.style.setProperty('height', `${Math.min(area.scrollHeight, 140)}px`);
  }, [draft]);
  const chosen = view.chatTo.value;
  const receiver = call.people.value.find((person) => person.participantId === chosen?.participantId);
  // Words for one person must not go to everybody when that one leaves: until another choice is made they go nowhere.
  const gone = chosen !== undefined && receiver === undefined;
  useEffect(() => field.current?.focus(), [chosen]);
  const send = () => {
    const words = draft.trim();
    if (words === '' || gone) return;
    setDraft('');
    actions.attempt(() =>
      call.room.sendChat(words, chosen && { to: chosen.participantId }).catch((error: unknown) => {
        // What could not be sent is not lost, unless something new was begun.
        setDraft((now) => (now === '' ? words : now));
        throw error;
      }),
    );
  };
  const left = MOST_CHARACTERS - draft.length;
  return (
    <form
      class="chat-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {chosen && <ReceiverLine name={chosen.name} gone={gone} />}
      <div class="chat-box">
        <textarea
          ref={field}
          class="chat-field"
          rows={1}
          value={draft}
          maxLength={MOST_CHARACTERS}
          placeholder={chosen ? text.placeholderTo : text.placeholder}
          aria-label={chosen ? text.labelTo(chosen.name) : text.label}
          enterkeyhint="send"
          data-panel-focus
          data-testid="chat-field"
          onInput={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            // While a syllable is being composed Enter belongs to the input method.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
            event.preventDefault();
            send();
          }}
        />
        <IconButton
          icon="send"
          kind={draft.trim() === '' ? 'plain' : 'accent'}
          label={text.send}
          disabled={draft.trim() === '' || gone}
          tip="none"
          data-testid="chat-send"
          onClick={() => {
            send();
            field.current?.focus();
          }}
        />
      </div>
      {left <= TOLD_CHARACTERS && (
        <p class="chat-left" aria-live="polite">
          {text.left(left)}
        </p>
      )}
    </form>
  );
}

/** Who alone will read what is written, and the way back to everybody. */
function ReceiverLine({ name, gone }: { readonly name: string; readonly gone: boolean }) {
  const { view } = useRoom();
  const text = chatTexts();
  return (
    <p class="chat-to" data-testid="chat-to">
      <span dir="auto">{gone ? text.toGone(name) : text.toOne(name)}</span>
      <IconButton
        icon="close"
        size="s"
        label={text.toAll}
        tip="none"
        data-testid="chat-to-all"
        onClick={() => (view.chatTo.value = undefined)}
      />
    </p>
  );
}
