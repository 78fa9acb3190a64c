import { joinTexts } from './join-texts.js';
import './local-only-hint.css';

/** Beside a link that leads nowhere from any other machine: whoever tries the server where it runs has only that one. */
export function LocalOnlyHint() {
  if (!linksAreLocal()) return null;
  return (
    <p class="local-only-hint" data-testid="local-only">
      {joinTexts().localOnly}
    </p>
  );
}

/** Whether links to this server mean the machine of whoever opens them. */
export function linksAreLocal(): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/i.test(location.hostname);
}
