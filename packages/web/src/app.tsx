import { Button } from './ui/button.js';
import { Icon } from './ui/icon.js';

export function App() {
  return (
    <main>
      <h1>Madang</h1>
      <Button kind="primary">
        <Icon name="plus" />
      </Button>
    </main>
  );
}
