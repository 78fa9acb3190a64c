import type { Person } from '../../call/person.js';
import type { ConnectionStatistics } from '../../sdk.js';
import { preferences } from '../../settings/preferences.js';
import { useRoom } from '../room-context.js';
import { connectionTexts } from './connection-texts.js';
import { connectionWords, qualityBars, shownQuality } from './connection-words.js';
import './connection-badge.css';

/** Three bars for the connection to somebody, in words when pointed at; opens what is behind them. */
export function ConnectionBadge({ person }: { readonly person: Person }) {
  const { call, view } = useRoom();
  const text = connectionTexts();
  const statistics = call.connections.latest(person.participantId).value;
  const words = connectionWords(statistics, text, preferences.value.relayOnly);
  return (
    <button
      type="button"
      class={`connection-badge connection-badge-${shownQuality(statistics)}`}
      aria-label={text.badge(person.name, words)}
      data-testid="connection-badge"
      data-path={statistics?.path.kind ?? 'none'}
      onClick={() => view.openConnection(person.participantId)}
    >
      <SignalBars statistics={statistics} />
      <span class="connection-badge-words" aria-hidden="true">
        {words}
      </span>
    </button>
  );
}

/** Bars of rising height; how many are full is told by their count, not by colour alone. */
export function SignalBars({ statistics }: { readonly statistics: ConnectionStatistics | undefined }) {
  const bars = qualityBars(statistics);
  return (
    <svg class="signal-bars" viewBox="0 0 18 16" aria-hidden="true" focusable="false">
      {[0, 1, 2].map((bar) => (
        <rect
          key={bar}
          class={bar < bars ? 'signal-bar signal-bar-full' : 'signal-bar'}
          x={1 + bar * 6}
          y={10 - bar * 4.5}
          width={4}
          height={5 + bar * 4.5}
          rx={1.5}
        />
      ))}
      {shownQuality(statistics) === 'lost' && <path class="signal-none" d="M2 2l12 12" />}
    </svg>
  );
}
