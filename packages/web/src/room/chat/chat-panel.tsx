import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Call } from '../../call/call.js';
import { language } from '../../texts/language.js';
import { Avatar } from '../../ui/avatar.js';
import { IconButton } from '../../ui/icon-button.js';
import { useRoom } from '../room-context.js';
import { SidePanel } from '../side-panel.js';
import { chatGroups } from './chat-groups.js';
import type { ChatGroup } from './chat-groups.js';
import { chatTexts } from './chat-texts.js';
import { MessageText } from './message-text.js';
import './chat-panel.css';

/** Most characters of a message: the server's limit, in UTF-16 units. */
const MOST_CHARACTERS = 4000;
/** What is left is told when it becomes little. */
const TOLD_CHARACTERS = 200;

/** What was said, before one came too, and a line to write. */
export function ChatPanel() {
  const { call, view } = useRoom();
  const text = chatTexts();
  const list = useRef<HTMLDivElement>(null);
  const messages = call.chat.value;
  useFollowEnd(list, messages.length);
  return (
    <SidePanel title={text.title} testId="chat-panel" footer={<ChatForm />}>
      <div
        class="chat-list"
        ref={list}
        role="log"
        aria-label={text.messages}
        tabIndex={0}
        data-testid="chat-list"
      >
        {messages.length === 0 && view.chatTo.value === undefined && <p class="chat-empty">{text.empty}</p>}
        {chatGroups(messages).map((group) => (
          <Group key={group.messages[0]?.chatId} group={group} />
        ))}
      </div>
    </SidePanel>
  );
}

/** Keeps the newest message in sight, unless somebody is reading further up. */
function useFollowEnd(list: { readonly current: HTMLElement | null }, count: number): void {
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const onScroll = () => {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 48;
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, []);
  useLayoutEffect(() => {
    const element = list.current;
    if (element && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [count]);
}

function Group({ group }: { readonly group: ChatGroup }) {
  const { call } = useRoom();
  const text = chatTexts();
  const selfId = call.room.localParticipant.participantId;
  const mine = group.from === selfId;
  const time = new Intl.DateTimeFormat(language.value, { timeStyle: 'short' });
  return (
    <div class={mine ? 'chat-group chat-group-mine' : 'chat-group'}>
      {!mine && <Avatar name={group.name} size="s" />}
      <div class="chat-said">
        <p class="chat-who">
          <span class="chat-name" dir="auto">
            {mine ? text.you : group.name}
          </span>
          {group.to !== undefined && (
            <span class="chat-private">
              {group.to === selfId ? text.toYou : text.toOne(nameOf(call, group.to))}
            </span>
          )}
          <time dateTime={new Date(group.sentAt).toISOString()}>{time.format(group.sentAt)}</time>
        </p>
        {group.messages.map((message) => (
          <MessageText key={message.chatId} text={message.text} />
        ))}
      </div>
    </div>
  );
}

/** Somebody's name, also that of one who has left and had written something. */
function nameOf(call: Call, participantId: string): string {
  const known = call.people.value.find((person) => person.participantId === participantId)?.name;
  return known ?? call.chat.value.find(({ from }) => from === participantId)?.name ?? '…';
}

function ChatForm() {
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
      {chosen && (
        <p class="chat-to" data-testid="chat-to">
          <span dir="auto">{gone ? text.toGone(chosen.name) : text.toOne(chosen.name)}</span>
          <IconButton
            icon="close"
            size="s"
            label={text.toAll}
            tip="none"
            data-testid="chat-to-all"
            onClick={() => (view.chatTo.value = undefined)}
          />
        </p>
      )}
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
