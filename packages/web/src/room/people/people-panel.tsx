import { useComputed } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { Person } from '../../call/person.js';
import { shownLink } from '../../call/shown-link.js';
import type { WaitingPerson } from '../../sdk.js';
import { Avatar } from '../../ui/avatar.js';
import { Button } from '../../ui/button.js';
import { CopyButton } from '../../ui/copy-button.js';
import { Icon } from '../../ui/icon.js';
import type { IconName } from '../../ui/icon.js';
import { IconButton } from '../../ui/icon-button.js';
import { Menu } from '../../ui/menu.js';
import { QrCode } from '../../ui/qr-code.js';
import { Switch } from '../../ui/switch.js';
import { useRoom } from '../room-context.js';
import { mayInvite } from '../../join/invitation.js';
import { joinTexts } from '../../join/join-texts.js';
import { LocalOnlyHint } from '../../join/local-only-hint.js';
import { roomLink } from '../../route.js';
import { SidePanel } from '../side-panel.js';
import { topologyTexts } from '../topology/topology-texts.js';
import { wayIcon, wayOf } from '../topology/way.js';
import { personEntries } from './person-entries.js';
import { peopleTexts } from './people-texts.js';
import './people-panel.css';

/** Who is here, who wants to be, and how others find the way. */
export function PeoplePanel() {
  const { call } = useRoom();
  const text = peopleTexts();
  const people = call.people.value;
  const waiting = call.waiting.value;
  const isHost = call.self.value.role === 'host';
  return (
    <SidePanel title={text.title} testId="people-panel">
      <div class="people">
        {isHost && waiting.length > 0 && (
          <section class="people-waiting" aria-label={text.waiting}>
            <h3>{text.waiting}</h3>
            <ul class="people-list">
              {waiting.map((person) => (
                <Waiting key={person.participantId} person={person} />
              ))}
            </ul>
          </section>
        )}
        <section aria-label={text.inRoom}>
          <h3>{text.count(people.length)}</h3>
          <ul class="people-list" data-testid="people-list">
            {people.map((person) => (
              <Row key={person.participantId} person={person} />
            ))}
          </ul>
        </section>
        <Connected />
        {isHost && <HostSwitches />}
        {!isHost && call.locked.value && (
          <p class="people-locked">
            <Icon name="lock" size="s" />
            {text.lockedByHost}
          </p>
        )}
        <Invite />
      </div>
    </SidePanel>
  );
}

function Row({ person }: { readonly person: Person }) {
  const context = useRoom();
  const text = peopleTexts();
  const speaking = useComputed(() => context.call.speaking.value.has(person.participantId)).value;
  const entries = personEntries(context, person);
  const role = person.role === 'host' ? text.host : person.role === 'viewer' ? text.viewer : text.member;
  return (
    <li
      class={speaking ? 'people-row people-row-speaking' : 'people-row'}
      data-testid="person"
      data-participant={person.participantId}
    >
      <Avatar name={person.name} />
      <div class="people-who">
        <span class="people-name" dir="auto">
          {person.name}
        </span>
        <span class="people-role">{person.isLocal ? `${role} · ${text.you}` : role}</span>
      </div>
      <span class="people-marks">
        {person.handRaised && <Mark icon="hand" words={text.handUp} kind="hand" />}
        {person.screen && <Mark icon="screen" words={text.sharing} />}
        {person.role !== 'viewer' && (
          <>
            <Mark {...microphoneMark(person, text)} />
            {person.camera ? (
              <Mark icon="camera" words={text.cameraOn} />
            ) : (
              <Mark icon="camera-off" words={text.cameraOff} kind="off" />
            )}
          </>
        )}
      </span>
      {entries.length > 0 && (
        <Menu
          label={text.menu(person.name)}
          entries={entries}
          align="end"
          testId="person-menu-list"
          trigger={(trigger) => (
            <IconButton
              {...trigger}
              icon="more"
              size="s"
              tip="none"
              label={text.menu(person.name)}
              data-testid="person-menu"
            />
          )}
        />
      )}
    </li>
  );
}

interface MarkProps {
  readonly icon: IconName;
  readonly words: string;
  readonly kind?: 'off' | 'hand';
}

function Mark({ icon, words, kind }: MarkProps) {
  return (
    <span class={kind ? `people-mark people-mark-${kind}` : 'people-mark'}>
      <Icon name={icon} />
      <span class="spoken">{words}</span>
    </span>
  );
}

function microphoneMark(person: Person, text: ReturnType<typeof peopleTexts>): MarkProps {
  switch (person.microphone) {
    case 'on':
      return { icon: 'microphone', words: text.microphoneOn };
    case 'muted':
      return { icon: 'microphone-off', words: text.microphoneOff, kind: 'off' };
    case 'none':
      return { icon: 'microphone-off', words: text.noMicrophone, kind: 'off' };
  }
}

function Waiting({ person }: { readonly person: WaitingPerson }) {
  const { call, actions } = useRoom();
  const text = peopleTexts();
  const { participantId, name } = person;
  return (
    <li class="people-row" data-testid="waiting-person">
      <Avatar name={name} />
      <span class="people-who">
        <span class="people-name" dir="auto">
          {name}
        </span>
      </span>
      <Button
        kind="quiet"
        aria-label={text.denyWho(name)}
        data-testid="deny"
        onClick={() => actions.attempt(() => call.room.deny(participantId))}
      >
        {text.deny}
      </Button>
      <Button
        kind="primary"
        aria-label={text.admitWho(name)}
        data-testid="admit"
        onClick={() => actions.attempt(() => call.room.admit(participantId))}
      >
        {text.admit}
      </Button>
    </li>
  );
}

/** How the room is connected, with the way to change it. */
function Connected() {
  const { call, view } = useRoom();
  const text = topologyTexts();
  const way = wayOf(call.topology.value);
  return (
    <section class="people-way" aria-label={text.title}>
      <Icon name={wayIcon(way)} />
      <span class="people-way-words">
        <span class="people-way-title">{text.title}</span>
        <span data-testid="people-way">{text.way[way]}</span>
      </span>
      <Button
        kind="quiet"
        aria-haspopup="dialog"
        data-testid="open-topology"
        onClick={() => (view.topologyOpen.value = true)}
      >
        {call.self.value.role === 'host' ? text.change : text.more}
      </Button>
    </section>
  );
}

function HostSwitches() {
  const { call, actions } = useRoom();
  const text = peopleTexts();
  return (
    <section class="people-switches">
      <Switch
        label={text.lock}
        hint={text.lockHint}
        checked={call.locked.value}
        testId="lock-switch"
        onChange={(locked) => actions.attempt(() => call.room.setLocked(locked))}
      />
      <Switch
        label={text.lobby}
        hint={text.lobbyHint}
        checked={call.lobby.value}
        testId="lobby-switch"
        onChange={(enabled) => actions.attempt(() => call.room.setLobby(enabled))}
      />
    </section>
  );
}

function Invite() {
  const { call } = useRoom();
  const text = peopleTexts();
  const [qrShown, setQrShown] = useState(false);
  if (!mayInvite(call.room.name)) {
    return (
      <section class="people-invite">
        <h3>{text.invite}</h3>
        <p class="people-hosts-invite">{joinTexts().hostsInvite}</p>
      </section>
    );
  }
  const link = roomLink(call.room.name);
  return (
    <section class="people-invite">
      <h3>{text.invite}</h3>
      <p class="people-link">{shownLink(link)}</p>
      <LocalOnlyHint />
      <div class="people-invite-buttons">
        <CopyButton value={link} testId="copy-link" />
        <Button
          kind="quiet"
          icon="qr"
          aria-expanded={qrShown}
          data-testid="show-qr"
          onClick={() => setQrShown(!qrShown)}
        >
          {qrShown ? text.hideQr : text.showQr}
        </Button>
      </div>
      {qrShown && <QrCode value={link} label={text.qr} />}
    </section>
  );
}
