import { useEffect } from 'preact/hooks';
import { shortcutOf } from '../../call/shortcuts.js';
import type { KeyTarget, ShortcutAction } from '../../call/shortcuts.js';
import type { RoomContext } from '../room-context.js';

/** Listens to the keys of the room. */
export function useKeyboard({ view, actions }: Pick<RoomContext, 'view' | 'actions'>): void {
  useEffect(() => {
    const does: Readonly<Record<ShortcutAction, () => void>> = {
      microphone: actions.toggleMicrophone,
      camera: actions.toggleCamera,
      share: actions.toggleScreenShare,
      chat: () => view.togglePanel('chat'),
      people: () => view.togglePanel('people'),
      layout: actions.toggleLayout,
      hand: actions.toggleHand,
      topology: () => (view.topologyOpen.value = true),
      nextPage: () => view.turnPage(1),
      previousPage: () => view.turnPage(-1),
      help: () => (view.helpOpen.value = !view.helpOpen.value),
      talk: actions.startTalking,
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      if (event.key === 'Escape') {
        closeTopmost(view);
        return;
      }
      // A dialog has keys of its own; of the room's only those that close it go on working.
      const action = shortcutOf(event, targetOf(event.target));
      if (action === undefined || (document.querySelector('dialog[open]') && action !== 'help')) return;
      // A panel is scrolled by the same keys.
      if (event.key.startsWith('Page') && inPanel(event.target)) return;
      event.preventDefault();
      if (!event.repeat) does[action]();
    };
    const onKeyUp = (event: KeyboardEvent) => {
      if (event.code === 'Space') actions.stopTalking();
    };
    // Whoever goes elsewhere while holding Space would be heard without knowing.
    const onHidden = () => actions.stopTalking();
    window.addEventListener('keydown', onKeyDown);
    window.addEventListener('keyup', onKeyUp);
    window.addEventListener('blur', onHidden);
    document.addEventListener('visibilitychange', onHidden);
    return () => {
      window.removeEventListener('keydown', onKeyDown);
      window.removeEventListener('keyup', onKeyUp);
      window.removeEventListener('blur', onHidden);
      document.removeEventListener('visibilitychange', onHidden);
    };
  }, [view, actions]);
}

function closeTopmost(view: RoomContext['view']): void {
  if (document.querySelector('dialog[open]') === null) view.panel.value = undefined;
}

function inPanel(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.side-panel') !== null;
}

function targetOf(target: EventTarget | null): KeyTarget {
  if (!(target instanceof Element)) return 'page';
  if (target.closest('input:not([type=checkbox], [type=range]), textarea, select, [contenteditable=true]')) {
    return 'text';
  }
  return target.closest('button, a[href], summary, input, [role=menuitem], [role=switch]')
    ? 'control'
    : 'page';
}
