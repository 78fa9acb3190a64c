import type { Person } from '../../call/person.js';
import type { Role } from '../../sdk.js';
import type { MenuEntry } from '../../ui/menu.js';
import { notify } from '../../ui/notices.js';
import type { RoomContext } from '../room-context.js';
import { peopleTexts } from './people-texts.js';

/** What one can do with somebody else; hosts can do more. */
export function personEntries(context: RoomContext, person: Person): MenuEntry[] {
  if (person.isLocal) return [];
  const { view } = context;
  const text = peopleTexts();
  const { participantId, name } = person;
  const write: MenuEntry = {
    label: text.writeTo,
    icon: 'chat',
    testId: 'write-to',
    onSelect: () => {
      view.chatTo.value = { participantId, name };
      view.panel.value = 'chat';
    },
  };
  const forHosts = hostEntries(context, person);
  return forHosts.length === 0 ? [write] : [write, 'separator', ...forHosts];
}

/** What a host can do about somebody else; nothing for those who are no hosts. */
function hostEntries({ call, view, actions }: RoomContext, person: Person): MenuEntry[] {
  if (call.self.value.role !== 'host' || person.isLocal) return [];
  const text = peopleTexts();
  const { room } = call;
  const { participantId, name } = person;
  const ask = (kind: 'audio' | 'video') => () =>
    actions.attempt(async () => {
      await room.requestMute(participantId, kind);
      notify(text.asked(name));
    });
  const entries: MenuEntry[] = [];
  if (person.microphone === 'on') {
    entries.push({
      label: text.askMute,
      icon: 'microphone-off',
      testId: 'ask-mute',
      onSelect: ask('audio'),
    });
  }
  if (person.camera !== undefined) {
    entries.push({
      label: text.askCameraOff,
      icon: 'camera-off',
      testId: 'ask-camera-off',
      onSelect: ask('video'),
    });
  }
  const make = (role: Role, label: string, hint?: string): MenuEntry => ({
    label,
    icon: role === 'host' ? 'crown' : role === 'member' ? 'person' : 'eye',
    testId: `make-${role}`,
    ...(hint === undefined ? {} : { hint }),
    onSelect: () => actions.attempt(() => room.setRole(participantId, role)),
  });
  if (person.role !== 'host') entries.push(make('host', text.makeHost));
  if (person.role !== 'member') entries.push(make('member', text.makeMember));
  if (person.role !== 'viewer') entries.push(make('viewer', text.makeViewer, text.makeViewerHint));
  entries.push({
    label: text.remove,
    icon: 'person-remove',
    danger: true,
    testId: 'remove-person',
    onSelect: () => (view.removing.value = { participantId, name }),
  });
  return entries;
}
