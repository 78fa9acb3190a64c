import type { ConnectionStatistics } from '../../sdk.js';
import { connectionTexts } from './connection-texts.js';
import type { ConnectionTexts } from './connection-texts.js';
import { pictureWords } from './connection-words.js';

/** Every figure, with the words of the standards: for who wants to know. */
export function ConnectionDetails({ statistics }: { readonly statistics: ConnectionStatistics }) {
  const text = connectionTexts();
  const rows = [...pathRows(statistics, text), ...pictureRows(statistics, text)];
  return (
    <details class="connection-details">
      <summary>{text.details}</summary>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

type DetailRow = readonly [name: string, value: string];

function pathRows(
  { path, availableOutgoingBitrateBps }: ConnectionStatistics,
  text: ConnectionTexts,
): DetailRow[] {
  const none = text.noValue;
  const protocol = [
    path.protocol?.toUpperCase(),
    path.relayProtocol && `TURN ${path.relayProtocol.toUpperCase()}`,
  ];
  const rows: DetailRow[] = [
    [text.protocol, protocol.filter(Boolean).join(', ') || none],
    [text.candidates, `${path.localCandidateType ?? none} → ${path.remoteCandidateType ?? none}`],
    [text.addresses, `${path.localAddress ?? none} → ${path.remoteAddress ?? none}`],
  ];
  if (availableOutgoingBitrateBps !== undefined) {
    rows.push([text.canSend, text.mbps((availableOutgoingBitrateBps / 1e6).toFixed(1))]);
  }
  return rows;
}

function pictureRows({ sent, received }: ConnectionStatistics, text: ConnectionTexts): DetailRow[] {
  const rows: DetailRow[] = [];
  const seen = received.find(({ kind }) => kind === 'video');
  const shown = sent.find(({ kind }) => kind === 'video');
  if (seen) {
    rows.push([text.picture, pictureWords(seen, text) ?? text.noValue]);
    if (seen.freezeCount !== undefined) {
      rows.push([text.freezes, text.freezeCount(seen.freezeCount, (seen.freezeSeconds ?? 0).toFixed(1))]);
    }
  }
  if (shown) {
    rows.push([text.pictureSent, pictureWords(shown, text) ?? text.noValue]);
    const reason = shown.qualityLimitationReason;
    if (reason !== undefined && reason !== 'none') rows.push([text.limitation, text.limitedBy[reason]]);
  }
  return rows;
}
