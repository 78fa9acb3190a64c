import { useEffect, useState } from 'preact/hooks';
import { BrandBar } from '../brand/brand-bar.js';
import { YardPicture } from '../brand/yard-picture.js';
import { navigate, roomPath } from '../route.js';
import { language } from '../texts/language.js';
import { usePageTitle } from '../texts/page-title.js';
import { Button } from '../ui/button.js';
import { Field } from '../ui/field.js';
import { Icon } from '../ui/icon.js';
import { IconButton } from '../ui/icon-button.js';
import { homeTexts } from './home-texts.js';
import { InvitationDialog } from './invitation-dialog.js';
import { randomRoomName } from './random-room-name.js';
import { forgetRoom, recentRooms } from './recent-rooms.js';
import { cleanRoomName, readInvitation } from './room-name.js';
import './home-screen.css';

/** The start page: make a room, join one, go back to one. */
export function HomeScreen({ openSettings }: { readonly openSettings: () => void }) {
  const text = homeTexts();
  usePageTitle(text.title);
  return (
    <>
      <BrandBar openSettings={openSettings} />
      <main class="home" data-testid="home">
        <div class="home-welcome">
          <h1>{text.headline}</h1>
          <p class="home-what">{text.what}</p>
          <div class="home-picture">
            <YardPicture label={text.picture} />
          </div>
        </div>
        <div class="home-doors">
          <StartForm />
          <JoinForm />
          <RecentRooms />
          <a class="home-doctor" href="/doctor" data-testid="doctor-link">
            <Icon name="doctor" />
            {text.doctor}
          </a>
        </div>
      </main>
    </>
  );
}

function StartForm() {
  const text = homeTexts();
  const chosenLanguage = language.value;
  const [room, setRoom] = useState(() => randomRoomName(chosenLanguage));
  const [own, setOwn] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [inviting, setInviting] = useState(false);

  // An offered name follows the language; one's own stays.
  useEffect(() => {
    if (!own) setRoom(randomRoomName(chosenLanguage));
  }, [chosenLanguage]);

  const change = (value: string, isOwn: boolean) => {
    setRoom(value);
    setOwn(isOwn);
    setProblem(undefined);
  };
  const withName = (act: (name: string) => void) => {
    const name = cleanRoomName(room);
    if (name === undefined) setProblem(room.trim() === '' ? text.problemEmpty : text.problemName);
    else act(name);
  };
  const name = cleanRoomName(room);
  return (
    <form
      class="home-card"
      aria-label={text.startTitle}
      onSubmit={(event) => {
        event.preventDefault();
        withName((valid) => navigate(roomPath(valid)));
      }}
    >
      <Field
        label={text.roomName}
        value={room}
        problem={problem}
        testId="room-name"
        attributes={{ autocomplete: 'off', spellcheck: false, enterkeyhint: 'go' }}
        onInput={(value) => change(value, true)}
        end={
          <IconButton
            icon="refresh"
            label={text.anotherName}
            data-testid="another-name"
            onClick={() => change(randomRoomName(chosenLanguage), false)}
          />
        }
      />
      <div class="home-actions">
        <Button kind="primary" size="l" type="submit" iconAfter="arrow-right" data-testid="start">
          {text.start}
        </Button>
        <Button kind="quiet" icon="qr" data-testid="invite" onClick={() => withName(() => setInviting(true))}>
          {text.invite}
        </Button>
      </div>
      {name !== undefined && (
        <InvitationDialog open={inviting} room={name} onClose={() => setInviting(false)} />
      )}
    </form>
  );
}

function JoinForm() {
  const text = homeTexts();
  const [value, setValue] = useState('');
  const [problem, setProblem] = useState<string>();
  const [confirmed, setConfirmed] = useState<string>();
  const submit = () => {
    const invitation = readInvitation(value, location.origin);
    switch (invitation.kind) {
      case 'nothing':
        return setProblem(text.problemNothing);
      case 'noRoom':
        return setProblem(text.problemNoRoom);
      case 'room':
        return navigate(invitation.path);
      case 'elsewhere':
        if (confirmed === invitation.url.href) return location.assign(invitation.url);
        setConfirmed(invitation.url.href);
        return setProblem(text.elsewhere(invitation.url.host));
    }
  };
  return (
    <form
      class="home-join"
      aria-label={text.joinTitle}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field
        label={text.joinLabel}
        value={value}
        problem={problem}
        placeholder={text.joinPlaceholder}
        testId="join-link"
        attributes={{ autocomplete: 'off', spellcheck: false, autocapitalize: 'off', enterkeyhint: 'go' }}
        onInput={(changed) => {
          setValue(changed);
          setProblem(undefined);
        }}
      />
      <Button type="submit" data-testid="join">
        {text.join}
      </Button>
    </form>
  );
}

function RecentRooms() {
  const text = homeTexts();
  const rooms = recentRooms.value;
  if (rooms.length === 0) return null;
  const ago = new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' });
  return (
    <section class="home-recent" aria-labelledby="home-recent" data-testid="recent-rooms">
      <h2 id="home-recent">{text.recent}</h2>
      <ul>
        {rooms.map(({ room, at }) => (
          <li key={room}>
            <a
              href={roomPath(room)}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                navigate(roomPath(room));
              }}
            >
              <span class="home-recent-name">{room}</span>
              <span class="home-recent-when">{ago.format(daysSince(at), 'day')}</span>
            </a>
            <IconButton
              icon="close"
              size="s"
              tip="none"
              label={text.forget(room)}
              onClick={() => forgetRoom(room)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Whole days by the calendar, 0 for today, -1 for yesterday. */
function daysSince(at: number): number {
  const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0);
  return Math.round((midnight(at) - midnight(Date.now())) / 86_400_000);
}
