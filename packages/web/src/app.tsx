import { useState } from 'preact/hooks';
import { HomeScreen } from './home/home-screen.js';
import { RoomVisit } from './join/room-visit.js';
import { ProblemScreen } from './problems/problem-screen.js';
import { navigate, route } from './route.js';
import { SettingsDialog } from './settings/settings-dialog.js';

/** The screen that the address asks for, and the settings above it. */
export function App() {
  const [settingsOpen, setSettingsOpen] = useState(false);
  return (
    <>
      <Screen openSettings={() => setSettingsOpen(true)} />
      <SettingsDialog open={settingsOpen} onClose={() => setSettingsOpen(false)} />
    </>
  );
}

function Screen({ openSettings }: { readonly openSettings: () => void }) {
  const here = route.value;
  switch (here.page) {
    case 'home':
      return <HomeScreen openSettings={openSettings} />;
    case 'room':
      return <RoomVisit key={here.room} room={here.room} wishes={here.entry} openSettings={openSettings} />;
    case 'unknown':
      return (
        <ProblemScreen problem={{ code: 'unknownPage', detail: undefined }} onAction={() => navigate('/')} />
      );
  }
}
