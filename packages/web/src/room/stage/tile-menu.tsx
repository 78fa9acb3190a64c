import { useState } from 'preact/hooks';
import type { Person } from '../../call/person.js';
import type { RemoteParticipant } from '../../sdk.js';
import { changePreferences, preferences } from '../../settings/preferences.js';
import { IconButton } from '../../ui/icon-button.js';
import { Menu } from '../../ui/menu.js';
import type { MenuEntry } from '../../ui/menu.js';
import { personEntries } from '../people/person-entries.js';
import { useRoom } from '../room-context.js';
import type { RoomContext } from '../room-context.js';
import { roomTexts } from '../room-texts.js';
import { canPictureInPicture, togglePictureInPicture } from './picture-in-picture.js';

export interface TileMenuProps {
  readonly tile: { readonly current: HTMLElement | null };
  readonly person: Person;
  readonly source: 'camera' | 'screen';
}

/** What can be done with a picture and whoever it shows. */
export function TileMenu({ tile, person, source }: TileMenuProps) {
  const context = useRoom();
  const text = roomTexts();
  const [, setOpened] = useState(0);
  const name = person.isLocal ? text.you : person.name;
  const entries: MenuEntry[] = [...pictureEntries(context, tile, person, source)];
  if (person.isLocal && source === 'camera') entries.push('separator', ...selfEntries(context));
  if (!person.isLocal) {
    entries.push(...volumeEntries(context, person.participantId));
    entries.push('separator', ...personEntries(context, person));
  }
  return (
    <Menu
      label={text.pictureMenu(name)}
      entries={entries}
      align="end"
      testId="tile-menu-list"
      trigger={(trigger) => (
        <IconButton
          {...trigger}
          onClick={() => {
            // Full screen and the like may have changed since the last look.
            setOpened((times) => times + 1);
            trigger.onClick();
          }}
          class="tile-tool"
          icon="more"
          kind="video"
          size="s"
          label={text.pictureMenu(name)}
          tip="none"
          data-testid="tile-menu"
        />
      )}
    />
  );
}

function pictureEntries(
  { view, actions }: RoomContext,
  tile: TileMenuProps['tile'],
  person: Person,
  source: 'camera' | 'screen',
): MenuEntry[] {
  const text = roomTexts();
  const key = `${person.participantId}:${source}`;
  const pinned = view.pinned.value === key;
  const entries: MenuEntry[] = [
    {
      label: pinned ? text.unpin : text.pin,
      icon: pinned ? 'unpin' : 'pin',
      onSelect: () => view.togglePin(key),
    },
  ];
  const full = document.fullscreenElement !== null && document.fullscreenElement === tile.current;
  if (document.fullscreenEnabled) {
    entries.push({
      label: full ? text.endFullScreen : text.enlarge,
      icon: full ? 'full-screen-exit' : 'full-screen',
      testId: 'tile-full-screen',
      onSelect: () =>
        actions.attempt(async () => {
          await (full ? document.exitFullscreen() : tile.current?.requestFullscreen());
        }),
    });
  }
  const sendsPicture = (source === 'screen' ? person.screen : person.camera) !== undefined;
  if (canPictureInPicture && sendsPicture && !(person.isLocal && source === 'screen')) {
    const inWindow = document.pictureInPictureElement?.parentElement === tile.current;
    entries.push({
      label: inWindow ? text.endPictureInPicture : text.pictureInPicture,
      icon: 'picture-in-picture',
      testId: 'tile-picture-in-picture',
      onSelect: () => actions.attempt(() => togglePictureInPicture(tile.current)),
    });
  }
  return entries;
}

/** Where one sees oneself. */
export function selfEntries({ view }: RoomContext): MenuEntry[] {
  const text = roomTexts();
  const modes = [
    ['auto', text.selfAuto],
    ['floating', text.selfFloating],
    ['tile', text.selfTile],
    ['hidden', text.selfHidden],
  ] as const;
  const { mirrorSelf } = preferences.value;
  return [
    { heading: text.selfViewMenu },
    ...modes.map(([mode, label]) => ({
      label,
      checked: view.selfView.value === mode,
      testId: `self-view-${mode}`,
      onSelect: () => (view.selfView.value = mode),
    })),
    'separator',
    {
      label: text.mirror,
      checked: mirrorSelf,
      onSelect: () => changePreferences({ mirrorSelf: !mirrorSelf }),
    },
  ];
}

const volumes = new WeakMap<RemoteParticipant, number>();

/** Louder and quieter for oneself only, in steps that a menu can show. */
function volumeEntries({ call }: RoomContext, participantId: string): MenuEntry[] {
  const participant = call.room.participant(participantId);
  if (participant === undefined) return [];
  const text = roomTexts();
  const current = volumes.get(participant) ?? 1;
  const step = (volume: number) => ({
    label: `${Math.round(volume * 100)} %`,
    checked: current === volume,
    onSelect: () => {
      volumes.set(participant, volume);
      participant.setVolume(volume);
    },
  });
  return ['separator', { heading: text.volume(participant.name) }, ...[1, 0.5, 0].map(step)];
}
