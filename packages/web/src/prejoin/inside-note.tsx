import type { Door } from '../join/door.js';
import { Icon } from '../ui/icon.js';
import { prejoinTexts } from './prejoin-texts.js';

/** Who is already inside, and whether one will have to wait. */
export function InsideNote({ door }: { readonly door: Door | undefined }) {
  const text = prejoinTexts();
  // The line is there from the beginning, so that nothing moves when the answer comes.
  if (door?.mayEnter !== true) return <p class="prejoin-inside" data-testid="inside" />;
  const { count, names } = door;
  // Hosts come in either way, and only they are told names then.
  const locked = door.locked && names.length === 0;
  const lobby = door.lobby && names.length === 0;
  return (
    <p class="prejoin-inside" data-testid="inside" data-count={count}>
      {locked && <Icon name="lock" size="s" />}
      <span dir="auto">
        {locked ? text.insideLocked : names.length > 0 ? text.insideNames(names, count) : text.inside(count)}
        {!locked && lobby && ` ${text.insideLobby}`}
      </span>
    </p>
  );
}
