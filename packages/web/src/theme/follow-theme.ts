import { effect } from '@preact/signals';
import { preferences } from '../settings/preferences.js';

/** Marks the document with the chosen theme; `system` leaves it to the browser. */
export function followTheme(): () => void {
  return effect(() => {
    const { theme } = preferences.value;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  });
}
