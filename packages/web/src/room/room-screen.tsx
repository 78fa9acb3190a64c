import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CallSummary } from '../call/call-summary.js';
import { createCall } from '../call/call.js';
import type { Room } from '../sdk.js';
import { Icon } from '../ui/icon.js';
import { NoticeHistory, Notices } from '../ui/notice.js';
import { notify } from '../ui/notices.js';
import { Announcer } from './announcer.js';
import { Banners } from './banners.js';
import { ChatPanel } from './chat/chat-panel.js';
import { ConnectionPanel } from './connection/connection-panel.js';
import { prepareHistoryPlots } from './connection/history-plot.js';
import { controlTexts } from './controls/control-texts.js';
import { Controls } from './controls/controls.js';
import { ShortcutsDialog } from './controls/shortcuts-dialog.js';
import { useKeyboard } from './controls/use-keyboard.js';
import { Invitation } from './invitation.js';
import { PeoplePanel } from './people/people-panel.js';
import { RemoveDialog } from './people/remove-dialog.js';
import { createRoomActions } from './room-actions.js';
import { RoomProvider, useRoom } from './room-context.js';
import type { RoomContext } from './room-context.js';
import { problemWords } from './room-problems.js';
import { roomTexts } from './room-texts.js';
import { createRoomView } from './room-view.js';
import { SelfView } from './self-view.js';
import { Stage } from './stage/stage.js';
import { TopologyDialog } from './topology/topology-dialog.js';
import { topologyTexts } from './topology/topology-texts.js';
import { wayIcon, wayOf } from './topology/way.js';
import { useIdle } from './use-idle.js';
import './room-screen.css';

export interface RoomScreenProps {
  readonly room: Room;
  /** Called once, when the call is over for whatever reason. */
  readonly onLeft: (summary: CallSummary) => void;
  readonly openSettings: () => void;
}

/** A call: the pictures of people, and what one does with them. */
export function RoomScreen({ room, onLeft, openSettings }: RoomScreenProps) {
  const context = useRoomContext(room, openSettings);
  const left = useRef(onLeft);
  left.current = onLeft;
  useEffect(
    () => room.on('disconnected', (reason) => left.current(context.call.summary(reason))),
    [room, context],
  );
  useEffect(() => room.on('error', report), [room]);
  useEffect(
    () => room.on('topologyChanged', ({ topology }) => notify(topologyTexts().changed[wayOf(topology)])),
    [room],
  );
  useEffect(() => {
    const timer = setTimeout(prepareHistoryPlots, SETTLED_MS);
    return () => clearTimeout(timer);
  }, []);
  useKeyboard(context);
  return (
    <RoomProvider value={context}>
      <Screen />
    </RoomProvider>
  );
}

/** By then one is in the call, and what may be needed later is in nobody's way. */
const SETTLED_MS = 4000;

function useRoomContext(room: Room, openSettings: () => void): RoomContext {
  const settings = useRef(openSettings);
  settings.current = openSettings;
  const context = useMemo(() => {
    const call = createCall(room);
    const view = createRoomView(call);
    return {
      call,
      view,
      actions: createRoomActions(call, view, report),
      openSettings: () => settings.current(),
    };
  }, [room]);
  useEffect(
    () => () => {
      context.view.dispose();
      context.call.dispose();
    },
    [context],
  );
  return context;
}

function report(error: unknown): void {
  const words = problemWords(error);
  if (words !== undefined) notify(words, { kind: 'error' });
}

function Screen() {
  const { call, view } = useRoom();
  const text = roomTexts();
  const stage = useRef<HTMLDivElement>(null);
  const bottom = useRef<HTMLDivElement>(null);
  const [historyOpen, setHistoryOpen] = useState(false);
  const plan = view.plan.value;
  const panel = view.panel.value;
  // Alone there are no pictures to look at, and whoever waits needs the buttons in sight.
  const idle = useIdle(bottom) && plan.kind !== 'alone' && plan.kind !== 'empty';
  const names = ['room'];
  if (idle) names.push('room-idle');
  if (panel !== undefined) names.push('room-with-panel');
  return (
    <main
      class={names.join(' ')}
      data-testid="room"
      data-state={call.state.value}
      data-layout={plan.kind}
      data-topology={call.topology.value}
    >
      <h1 class="spoken">{text.roomHeading(call.room.name)}</h1>
      <div class="room-stage" ref={stage}>
        {/* First for the keyboard: nobody wants to go past everybody's picture to leave. */}
        <div class="room-bottom" ref={bottom}>
          <RoomName />
          <Controls openNotices={() => setHistoryOpen(true)} />
        </div>
        <Stage />
        {plan.kind === 'alone' && <Invitation />}
        {plan.kind === 'empty' && <Empty />}
        {plan.floatingSelf && <SelfView area={stage} />}
        <Banners />
        <Notices />
      </div>
      {panel === 'chat' && <ChatPanel />}
      {panel === 'people' && <PeoplePanel />}
      {panel === 'connection' && <ConnectionPanel />}
      <ShortcutsDialog />
      <TopologyDialog />
      <RemoveDialog />
      <NoticeHistory open={historyOpen} onClose={() => setHistoryOpen(false)} />
      <Announcer />
    </main>
  );
}

/** For viewers of a room in which nobody else is but viewers. */
function Empty() {
  const text = roomTexts();
  return (
    <div class="room-empty" data-testid="empty">
      <h2>{text.emptyTitle}</h2>
      <p>{text.emptyText}</p>
    </div>
  );
}

/** Which room this is, how it is connected, and for how long one has been in it. */
function RoomName() {
  const { call, view } = useRoom();
  const text = controlTexts();
  const way = wayOf(call.topology.value);
  return (
    <div class="room-name">
      {call.locked.value && (
        <>
          <Icon name="lock" size="s" />
          <span class="spoken">{text.locked}</span>
        </>
      )}
      <span class="room-name-text" dir="auto">
        {call.room.name}
      </span>
      <Elapsed since={call.room.joinedAt} />
      <button
        type="button"
        class="room-way"
        aria-label={topologyTexts().now(topologyTexts().way[way])}
        aria-haspopup="dialog"
        data-testid="room-way"
        onClick={() => (view.topologyOpen.value = true)}
      >
        <Icon name={wayIcon(way)} size="s" />
        <span class="room-way-words" aria-hidden="true">
          {topologyTexts().way[way]}
        </span>
      </button>
    </div>
  );
}

function Elapsed({ since }: { readonly since: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return (
    <span class="room-elapsed" role="timer" aria-live="off">
      {hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':')}
    </span>
  );
}
