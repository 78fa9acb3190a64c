import { plotColumns } from '../../call/statistics-history.js';
import type { PlotColumns } from '../../call/statistics-history.js';
import type { Person } from '../../call/person.js';
import { preferences } from '../../settings/preferences.js';
import { Select } from '../../ui/select.js';
import { useRoom } from '../room-context.js';
import { SidePanel } from '../side-panel.js';
import { SignalBars } from './connection-badge.js';
import { ConnectionDetails } from './connection-details.js';
import { connectionTexts } from './connection-texts.js';
import { connectionWords, receivedPictureWords, shownQuality } from './connection-words.js';
import { HistoryPlot } from './history-plot.js';
import './connection-panel.css';

/** How one is connected to somebody: in words, over time, and in every detail. */
export function ConnectionPanel() {
  const { call, view } = useRoom();
  const text = connectionTexts();
  const others = call.people.value.filter((person) => !person.isLocal);
  const shown = others.find((person) => person.participantId === view.connectionOf.value) ?? others[0];
  return (
    <SidePanel title={text.title} testId="connection-panel">
      {shown === undefined ? (
        <p class="connection-nobody">{text.nobody}</p>
      ) : (
        <div class="connection">
          <Select
            label={text.to}
            value={shown.participantId}
            options={others.map(({ participantId, name }) => ({ value: participantId, label: name }))}
            onChange={(participantId) => (view.connectionOf.value = participantId)}
            testId="connection-of"
          />
          <Connection key={shown.participantId} person={shown} />
        </div>
      )}
    </SidePanel>
  );
}

function Connection({ person }: { readonly person: Person }) {
  const { call } = useRoom();
  const text = connectionTexts();
  const statistics = call.connections.latest(person.participantId).value;
  const columns = plotColumns(call.connections.samples(person.participantId).value);
  const quality = shownQuality(statistics);
  const picture = receivedPictureWords(statistics, text);
  return (
    <>
      <div class={`connection-now connection-now-${quality}`}>
        <SignalBars statistics={statistics} />
        <div>
          <p class="connection-quality">{text.quality[quality]}</p>
          <p class="connection-words" data-testid="connection-words">
            {connectionWords(statistics, text, {
              topology: call.topology.value,
              relayOnly: preferences.value.relayOnly,
            })}
          </p>
          {picture !== undefined && (
            <p class="connection-words" data-testid="connection-picture">
              {picture}
            </p>
          )}
        </div>
      </div>
      <Plots columns={columns} />
      {statistics && <ConnectionDetails statistics={statistics} />}
    </>
  );
}

function Plots({ columns }: { readonly columns: PlotColumns }) {
  const text = connectionTexts();
  const ms = (value: number) => text.milliseconds(Math.round(value));
  const percent = (value: number) => text.percent(value.toFixed(value < 10 ? 1 : 0));
  const plain = (value: number) => value.toFixed(2);
  return (
    <section class="connection-plots" aria-label={text.lastMinutes}>
      <Plot
        title={text.roundTrip}
        seconds={columns.seconds}
        lines={[{ values: columns.roundTripMs }]}
        leastTop={50}
        words={ms}
      />
      <Plot
        title={text.loss}
        seconds={columns.seconds}
        lines={[{ values: columns.lossPercent }]}
        leastTop={5}
        words={percent}
      />
      <Plot
        title={text.bitrate}

        seconds={columns.seconds}
        lines={[
          { values: columns.receivedMbps, name: text.received },
          { values: columns.sentMbps, name: text.sent },
        ]}
        leastTop={1}
        words={plain}
      />
      <p class="connection-span">{text.lastMinutes}</p>
    </section>
  );
}

interface PlotProps {
  readonly title: string;
  readonly seconds: readonly number[];
  readonly lines: readonly { readonly values: readonly (number | null)[]; readonly name?: string }[];
  readonly leastTop: number;
  readonly words: (value: number) => string;
}

const COLORS = ['--accent', '--plot-second'] as const;

function Plot({ title, seconds, lines, leastTop, words }: PlotProps) {
  const text = connectionTexts();
  const nowOf = (values: readonly (number | null)[]) => {
    const last = values.at(-1);
    return last === undefined || last === null ? text.noValue : words(last);
  };
  const mostOf = (values: readonly (number | null)[]) =>
    words(values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0));
  const label = lines
    .map(({ values, name }) =>
      text.plot(name === undefined ? title : `${title}, ${name}`, nowOf(values), mostOf(values)),
    )
    .join('. ');
  return (
    <figure class="connection-plot">
      <figcaption>
        <span class="connection-plot-title">{title}</span>
        <span class="connection-plot-now">
          {lines.map(({ values, name }, index) => (
            <span key={index} class="connection-plot-value">
              {name !== undefined && (
                <span class={`connection-plot-key connection-plot-key-${index}`}>{name}</span>
              )}
              {nowOf(values)}
            </span>
          ))}
        </span>
      </figcaption>
      <HistoryPlot
        label={label}
        seconds={seconds}
        leastTop={leastTop}
        series={lines.map(({ values }, index) => ({ values, color: COLORS[index] ?? '--accent' }))}
      />
    </figure>
  );
}
