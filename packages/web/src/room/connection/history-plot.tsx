import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { preferences } from '../../settings/preferences.js';
import { HISTORY_SECONDS } from '../../call/statistics-history.js';

export interface PlotSeries {
  readonly values: readonly (number | null)[];
  /** Name of the custom property with its colour. */
  readonly color: '--accent' | '--plot-second';
}

export interface HistoryPlotProps {
  /** What is plotted, for who cannot see it. */
  readonly label: string;
  /** Seconds since 1970-01-01 UTC, one for each value. */
  readonly seconds: readonly number[];
  readonly series: readonly PlotSeries[];
  /** The scale reaches at least this far, so that noise does not look like a mountain. */
  readonly leastTop: number;
}

const HEIGHT = 92;

const loadPlot = () => import('uplot');

/** Fetches what draws, so that it is there when the server is not. A failure now is no news: it is tried again. */
export function prepareHistoryPlots(): void {
  loadPlot().catch(() => undefined);
}

/** Values over the last minutes. What draws them is fetched apart from the app. */
export function HistoryPlot({ label, seconds, series, leastTop }: HistoryPlotProps) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const data = useRef<UPlot.AlignedData>([[]]);
  data.current = [[...seconds], ...series.map(({ values }) => [...values])];

  useEffect(() => {
    const container = element.current;
    if (!container) return undefined;
    let gone = false;
    const make = async () => {
      const { default: Plot } = await loadPlot();
      if (gone) return;
      plot.current?.destroy();
      plot.current = new Plot(optionsOf(container, series, leastTop), data.current, container);
    };
    // Canvas knows no custom properties: a change of theme draws it anew, in the colours of then.
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const again = () => void make();
    const stop = effect(() => {
      void preferences.value.theme;
      queueMicrotask(again);
    });
    dark.addEventListener('change', again);
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: container.clientWidth, height: HEIGHT }),
    );
    observer.observe(container);
    return () => {
      gone = true;
      stop();
      dark.removeEventListener('change', again);
      observer.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);

  useEffect(() => plot.current?.setData(data.current));

  return <div class="history-plot" ref={element} role="img" aria-label={label} />;
}

function optionsOf(container: HTMLElement, series: readonly PlotSeries[], leastTop: number): UPlot.Options {
  const style = getComputedStyle(container);
  const color = (property: string) => {
    // Resolved through an element, since a custom property keeps `light-dark()` as it was written.
    const probe = document.createElement('span');
    probe.style.setProperty('color', `var(${property})`);
    container.append(probe);
    const resolved = getComputedStyle(probe).color;
    probe.remove();
    return resolved;
  };
  const axis: UPlot.Axis = {
    stroke: color('--ink-faint'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: container.clientWidth,
    height: HEIGHT,
    padding: [8, 4, 8, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { range: (_, __, max) => [max - HISTORY_SECONDS, max] },
      y: { range: (_, __, max) => [0, Math.max(leastTop, (max ?? 0) * 1.15)] },
    },
    axes: [
      { ...axis, show: false },
      { ...axis, size: 40, gap: 4, splits: (_, __, min, max) => [min, (min + max) / 2, max].map(rounded) },
    ],
    series: [
      {},
      ...series.map(({ color: property }) => ({
        stroke: color(property),
        width: 1.75,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}

function rounded(value: number): number {
  if (value >= 10) return Math.round(value);
  return Math.round(value * 10) / 10;
}
