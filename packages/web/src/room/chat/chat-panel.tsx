import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Call } from '../../call/call.js';
import { language } from '../../texts/language.js';
import { Avatar } from '../../ui/avatar.js';
import { useRoom } from '../room-context.js';
import { SidePanel } from '../side-panel.js';
import { ChatForm } from './chat-form.js';
import { chatGroups } from './chat-groups.js';
import type { ChatGroup } from './chat-groups.js';
import { chatTexts } from './chat-texts.js';
import { MessageText } from './message-text.js';
import './chat-panel.css';

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
