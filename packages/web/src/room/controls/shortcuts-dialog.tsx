import { SHORTCUT_KEYS } from '../../call/shortcuts.js';
import { Dialog } from '../../ui/dialog.js';
import { useRoom } from '../room-context.js';
import { controlTexts } from './control-texts.js';
import './shortcuts-dialog.css';

/** All keys and what they do. */
export function ShortcutsDialog() {
  const { view } = useRoom();
  const text = controlTexts();
  const names: Readonly<Record<string, string>> = text.keys;
  return (
    <Dialog
      open={view.helpOpen.value}
      title={text.shortcuts}
      size="s"
      testId="shortcuts-dialog"
      onClose={() => (view.helpOpen.value = false)}
    >
      <dl class="shortcuts">
        {SHORTCUT_KEYS.map(({ key, action }) => (
          <div key={key} class="shortcuts-row">
            <dt>
              <kbd>{names[key] ?? key}</kbd>
            </dt>
            <dd>{text.actions[action]}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
