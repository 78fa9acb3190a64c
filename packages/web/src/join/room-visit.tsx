import { useEffect, useMemo } from 'preact/hooks';
import { CallFacts } from '../ended/call-facts.js';
import { EndedScreen } from '../ended/ended-screen.js';
import { PrejoinScreen } from '../prejoin/prejoin-screen.js';
import { ProblemScreen } from '../problems/problem-screen.js';
import { RoomScreen } from '../room/room-screen.js';
import { navigate, type EntryWishes } from '../route.js';
import { EnteringScreen, WaitingScreen } from './entering-screen.js';
import { Visit } from './visit.js';

export interface RoomVisitProps {
  readonly room: string;
  readonly wishes: EntryWishes;
  readonly openSettings: () => void;
}

/** A room from the question at its door to the word after the call. */
export function RoomVisit({ room, wishes, openSettings }: RoomVisitProps) {
  // What the address wishes counts at the beginning: a call goes on when only the address is another one.
  const visit = useMemo(() => new Visit(room, wishes), [room]);
  useEffect(() => () => visit.dispose(), [visit]);
  useEffect(() => {
    const changed = () => visit.addressChanged();
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, [visit]);
  useEffect(() => {
    // Others come and go while one looks for a camera.
    const timer = setInterval(() => {
      if (visit.stage.peek().at === 'asking' && document.visibilityState === 'visible') void visit.look();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [visit]);
  const stage = visit.stage.value;
  const home = () => navigate('/');
  switch (stage.at) {
    case 'asking':
      return (
        <PrejoinScreen
          room={room}
          preview={stage.preview}
          tokenName={visit.tokenName}
          viewer={visit.viewer}
          door={visit.door.value}
          entering={stage.entering}
          onEnter={(name) => visit.enter(name)}
          onCancel={() => visit.cancel()}
          openSettings={openSettings}
        />
      );
    case 'entering':
      return <EnteringScreen room={room} onCancel={() => visit.cancel()} />;
    case 'waiting':
      return <WaitingScreen room={room} onCancel={() => visit.cancel()} />;
    case 'inside':
      return (
        <RoomScreen room={stage.room} onLeft={(summary) => visit.left(summary)} openSettings={openSettings} />
      );
    case 'ended':
      return <EndedScreen summary={stage.summary} onRejoin={() => visit.again()} onHome={home} />;
    case 'problem':
      return (
        <ProblemScreen
          problem={stage.problem}
          onAction={(action) => {
            if (action === 'home') home();
            else if (action === 'watch') visit.watch();
            else visit.retry();
          }}
        >
          {stage.summary && <CallFacts summary={stage.summary} />}
        </ProblemScreen>
      );
  }
}

const LOOK_MS = 5000;
