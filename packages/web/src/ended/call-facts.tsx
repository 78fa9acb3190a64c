import type { CallSummary } from '../call/call-summary.js';
import { Avatar } from '../ui/avatar.js';
import { endedTexts } from './ended-texts.js';
import './call-facts.css';

/** Names that are written out; the others are counted. */
const NAMED = 8;

/** In so short a call nothing was measured; that does not mean that there was no connection. */
const SHORT_SECONDS = 10;

/** How long a call was, with whom, and how it was connected. */
export function CallFacts({ summary }: { readonly summary: CallSummary }) {
  const text = endedTexts();
  const { people, path, durationSeconds } = summary;
  return (
    <dl class="call-facts" data-testid="call-facts">
      <dt>{text.duration}</dt>
      <dd data-testid="call-duration">{durationText(durationSeconds)}</dd>
      <dt>{text.people}</dt>
      <dd data-testid="call-people">
        {people.length === 0 ? (
          text.alone
        ) : (
          <ul>
            {people.slice(0, NAMED).map((name, index) => (
              <li key={index}>
                <Avatar name={name} size="s" />
                {name}
              </li>
            ))}
            {people.length > NAMED && <li>{text.more(people.length - NAMED)}</li>}
          </ul>
        )}
      </dd>
      {people.length > 0 && (path !== 'none' || durationSeconds > SHORT_SECONDS) && (
        <>
          <dt>{text.path}</dt>
          <dd data-testid="call-path" data-path={path}>
            {text.paths[path]}
          </dd>
        </>
      )}
    </dl>
  );
}

/** A duration in the two units that matter. */
export function durationText(durationSeconds: number): string {
  const text = endedTexts();
  const all = Math.max(0, Math.round(durationSeconds));
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  if (hours > 0) return text.hours(hours, minutes);
  return minutes > 0 ? text.minutes(minutes, seconds) : text.seconds(seconds);
}
