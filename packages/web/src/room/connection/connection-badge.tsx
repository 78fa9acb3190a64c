import { useComputed } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { ConnectionStatistics } from '../../sdk.js';
import { preferences } from '../../settings/preferences.js';
import { useRoom } from '../room-context.js';
import { connectionTexts } from './connection-texts.js';
import { connectionWords, qualityBars, receivedPictureWords, shownQuality } from './connection-words.js';
import './connection-badge.css';

/** Of whom the connection is told. */
export interface ConnectionBadgeProps {
  readonly participantId: string;
  readonly name: string;
}

/**
 * Three bars for the connection to somebody, in words when pointed at; opens what is behind them. Measured each second of
 * everybody: drawn anew only when what is shown is another.
 */
export function ConnectionBadge({ participantId, name }: ConnectionBadgeProps) {
  const { call, view } = useRoom();
  const text = connectionTexts();
  const [asked, setAsked] = useState(false);
  const latest = call.connections.latest(participantId);
  const words = useComputed(() =>
    connectionWords(latest.value, connectionTexts(), {
      topology: call.topology.value,
      relayOnly: preferences.value.relayOnly,
    }),
  ).value;
  const quality = useComputed(() => shownQuality(latest.value)).value;
  const path = useComputed(() => latest.value?.path.kind ?? 'none').value;
  return (
    <button
      type="button"
      class={`connection-badge connection-badge-${quality}`}
      aria-label={text.badge(name, words)}
      data-testid="connection-badge"
      data-path={path}
      onClick={() => view.openConnection(participantId)}
      onPointerEnter={() => setAsked(true)}
      onPointerLeave={() => setAsked(false)}
      onFocusIn={() => setAsked(true)}
      onFocusOut={() => setAsked(false)}
    >
      <SignalBars statistics={latest.peek()} />
      <span class="connection-badge-words" aria-hidden="true">
        {words}
        {asked && <Received participantId={participantId} />}
      </span>
    </button>
  );
}

/** What comes of the picture, second by second. */
function Received({ participantId }: Pick<ConnectionBadgeProps, 'participantId'>) {
  const { call } = useRoom();
  const words = receivedPictureWords(call.connections.latest(participantId).value, connectionTexts());
  return words === undefined ? null : <span class="connection-badge-picture">{words}</span>;
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
