import { HomeScreen } from './home/home-screen.js';

export function App() {
  return <HomeScreen openSettings={() => undefined} />;
}
