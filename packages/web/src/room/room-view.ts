import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { Call } from '../call/call.js';
import { isSamePlan, planStage } from '../call/stage-plan.js';
import type { LayoutMode, SelfViewMode, StagePlan } from '../call/stage-plan.js';

export type Panel = 'chat' | 'people' | 'connection';

/** A page of the stage: which, of how many, and the keys of its pictures. */
export interface ShownPage {
  readonly page: number;
  readonly pages: number;
  readonly keys: ReadonlySet<string>;
}

/** What this person has arranged on the screen: nobody else notices. */
export interface RoomView {
  readonly mode: Signal<LayoutMode>;
  readonly selfView: Signal<SelfViewMode>;
  /** Key of the pinned picture. */
  readonly pinned: Signal<string | undefined>;
  readonly panel: Signal<Panel | undefined>;
  /** Whose connection the panel shows; the first one's while undefined. */
  readonly connectionOf: Signal<string | undefined>;
  readonly helpOpen: Signal<boolean>;
  /** How the room is connected is shown, and chosen by hosts. */
  readonly topologyOpen: Signal<boolean>;
  /** Somebody a host is about to remove, to be confirmed. */
  readonly removing: Signal<{ readonly participantId: string; readonly name: string } | undefined>;
  /** Who alone reads what is written next; everybody while undefined. */
  readonly chatTo: Signal<{ readonly participantId: string; readonly name: string } | undefined>;
  /** Space is held and the microphone is on for as long. */
  readonly talking: Signal<boolean>;
  readonly plan: ReadonlySignal<StagePlan>;
  /** The page of pictures that is asked for, from 0; there may be fewer. */
  readonly wantedPage: Signal<number>;
  /** What stands on the stage now; undefined until it was drawn. */
  readonly shown: Signal<ShownPage | undefined>;
  /** Messages of others since the chat was last open. */
  readonly unread: ReadonlySignal<number>;
  openConnection(participantId: string | undefined): void;
  togglePanel(panel: Panel): void;
  togglePin(key: string): void;
  /** Goes so many pages on, or back, as far as there are pages. */
  turnPage(by: number): void;
  dispose(): void;
}

/** The arrangement of a call that has just begun. */
export function createRoomView(call: Call): RoomView {
  const mode = signal<LayoutMode>('auto');
  const selfView = signal<SelfViewMode>('auto');
  const pinned = signal<string | undefined>(undefined);
  const panel = signal<Panel | undefined>(undefined);
  const connectionOf = signal<string | undefined>(undefined);
  const wantedPage = signal(0);
  const shown = signal<ShownPage | undefined>(undefined);
  let lastPlan: StagePlan | undefined;
  const stopLooking = effect(() => {
    void call.people.value;
    if (shown.value !== undefined) call.unseen.changed(shown.value.keys, pinned.value);
  });
  const seen = signal(call.chat.peek().at(-1)?.chatId ?? -1);
  const stop = effect(() => {
    const last = call.chat.value.at(-1)?.chatId;
    if (panel.value === 'chat' && last !== undefined) seen.value = last;
  });
  return {
    mode,
    selfView,
    pinned,
    panel,
    connectionOf,
    helpOpen: signal(false),
    topologyOpen: signal(false),
    removing: signal(undefined),
    chatTo: signal(undefined),
    talking: signal(false),
    wantedPage,
    shown,
    plan: computed(() => {
      const plan = planStage({
        people: call.people.value.map((person) => ({
          participantId: person.participantId,
          isLocal: person.isLocal,
          isViewer: person.role === 'viewer',
          sharesScreen: person.screen !== undefined,
        })),
        mode: mode.value,
        selfView: selfView.value,
        pinned: pinned.value,
        speaker: call.mainSpeaker.value,
      });
      // The same plan is the same object: a microphone that is turned off moves nothing.
      lastPlan = lastPlan !== undefined && isSamePlan(lastPlan, plan) ? lastPlan : plan;
      return lastPlan;
    }),
    unread: computed(() => {
      const self = call.room.localParticipant.participantId;
      return call.chat.value.filter(({ chatId, from }) => chatId > seen.value && from !== self).length;
    }),
    openConnection: (participantId) => {
      connectionOf.value = participantId;
      panel.value = 'connection';
    },
    togglePanel: (wanted) => (panel.value = panel.value === wanted ? undefined : wanted),
    togglePin: (key) => (pinned.value = pinned.value === key ? undefined : key),
    turnPage: (by) => {
      const { page, pages } = shown.peek() ?? { page: 0, pages: 1 };
      wantedPage.value = Math.min(Math.max(page + by, 0), pages - 1);
    },
    dispose: () => {
      stop();
      stopLooking();
    },
  };
}
