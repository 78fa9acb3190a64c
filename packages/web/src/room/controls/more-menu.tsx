import type { LayoutMode } from '../../call/stage-plan.js';
import { IconButton } from '../../ui/icon-button.js';
import { Menu } from '../../ui/menu.js';
import type { MenuEntry } from '../../ui/menu.js';
import { useRoom } from '../room-context.js';
import type { RoomContext } from '../room-context.js';
import { roomTexts } from '../room-texts.js';
import { topologyTexts } from '../topology/topology-texts.js';
import { controlTexts } from './control-texts.js';

/** What one needs less often. */
export function MoreMenu({ openNotices }: { readonly openNotices: () => void }) {
  const context = useRoom();
  const text = controlTexts();
  return (
    <Menu
      label={text.more}
      entries={entriesOf(context, openNotices)}
      side="above"
      align="center"
      testId="more-menu"
      trigger={(trigger) => (
        <IconButton {...trigger} icon="more" label={text.more} data-testid="more-button" />
      )}
    />
  );
}

function entriesOf({ call, view, actions, openSettings }: RoomContext, openNotices: () => void): MenuEntry[] {
  const text = controlTexts();
  const around = roomTexts();
  const layout = (mode: LayoutMode, label: string): MenuEntry => ({
    label,
    checked: view.mode.value === mode,
    testId: `layout-${mode}`,
    onSelect: () => {
      view.pinned.value = undefined;
      view.mode.value = mode;
    },
  });
  const { handRaised } = call.self.value;
  const hidden = view.selfView.value === 'hidden';
  const entries: MenuEntry[] = [
    { heading: text.layoutHeading },
    layout('auto', text.layoutAuto),
    layout('grid', text.layoutGrid),
    layout('speaker', text.layoutSpeaker),
    'separator',
    {
      label: handRaised ? text.lowerHand : text.raiseHand,
      icon: 'hand',
      shortcut: 'H',
      testId: 'menu-hand',
      onSelect: actions.toggleHand,
    },
    {
      label: hidden ? around.showSelf : around.hideSelf,
      icon: hidden ? 'eye' : 'eye-off',
      testId: 'menu-self-view',
      onSelect: () => (view.selfView.value = hidden ? 'auto' : 'hidden'),
    },
    {
      label: text.connection,
      icon: 'signal',
      testId: 'menu-connection',
      onSelect: () => view.openConnection(undefined),
    },
    {
      label: topologyTexts().title,
      icon: 'topology',
      shortcut: 'T',
      testId: 'menu-topology',
      onSelect: () => (view.topologyOpen.value = true),
    },
    'separator',
  ];
  if (document.fullscreenEnabled) entries.push(fullScreenEntry(actions));
  entries.push(
    { label: text.notices, icon: 'clock', testId: 'menu-notices', onSelect: openNotices },
    {
      label: text.shortcuts,
      icon: 'keyboard',
      shortcut: '?',
      testId: 'menu-shortcuts',
      onSelect: () => (view.helpOpen.value = true),
    },
    { label: text.settings, icon: 'settings', testId: 'menu-settings', onSelect: openSettings },
  );
  return entries;
}

function fullScreenEntry({ attempt }: RoomContext['actions']): MenuEntry {
  const text = controlTexts();
  const full = document.fullscreenElement !== null;
  return {
    label: full ? text.endFullScreen : text.fullScreen,
    icon: full ? 'full-screen-exit' : 'full-screen',
    testId: 'menu-full-screen',
    onSelect: () =>
      attempt(() => (full ? document.exitFullscreen() : document.documentElement.requestFullscreen())),
  };
}
