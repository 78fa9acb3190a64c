import type { SiteName } from '@madang/testkit/nat/topology';
import { SITE_NAMES, SITES } from '@madang/testkit/nat/topology';
import type { PairResult } from './matrix-result.js';

/** The results as an SVG picture: a row and a column for each site, in the colours of the path. Fit for light and dark. */
export function matrixPicture(results: readonly PairResult[]): string {
  const names = SITE_NAMES.filter((name) => results.some(({ from, to }) => from === name || to === name));
  const [width, height] = [LEFT + names.length * CELL.width + 16, TOP + names.length * CELL.height + 64];
  const heads = names.flatMap((name, index) => [
    text(LEFT + (index + 0.5) * CELL.width, TOP - 12, SITES[name].title, 'head middle'),
    text(LEFT - 12, TOP + (index + 0.5) * CELL.height + 4, SITES[name].title, 'head end'),
  ]);
  const cells = results.map((result) => cell(result, names));
  const legend = LEGEND.map(([path, label], index) => {
    const x = LEFT + index * 200;
    return `<rect class="${path}" x="${x}" y="${height - 40}" width="16" height="16" rx="4"/>${text(x + 24, height - 27, label, 'plain')}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">${escape(summary(results))}</title>
<style>${STYLE}</style>
<rect class="ground" width="${width}" height="${height}" rx="12"/>
${text(LEFT, 36, summary(results), 'title')}
${[...heads, ...cells, ...legend].join('\n')}
</svg>
`;
}

/** In a sentence: how many pairs connected, and how. */
export function summary(results: readonly PairResult[]): string {
  const connected = results.filter(({ calls, good }) => good === calls).length;
  const direct = results.filter((result) => kindOf(result) === 'direct').length;
  return `${connected} of ${results.length} pairs connected: ${direct} direct, ${connected - direct} through a relay`;
}

function cell(result: PairResult, names: readonly SiteName[]): string {
  const x = LEFT + names.indexOf(result.to) * CELL.width;
  const y = TOP + names.indexOf(result.from) * CELL.height;
  const [centre, kind] = [x + CELL.width / 2, kindOf(result)];
  const time = result.firstFrameMs === undefined ? '' : `${Math.round(result.firstFrameMs)} ms`;
  const box = `<rect class="${kind}" x="${x + 2}" y="${y + 2}" width="${CELL.width - 4}" height="${CELL.height - 4}" rx="8"/>`;
  const about = `${SITES[result.from].title} and ${SITES[result.to].title}: ${result.path}, ${time}`;
  return `<g><title>${escape(about)}</title>${box}${text(centre, y + 24, result.path, 'path middle')}${text(centre, y + 42, time, 'time middle')}</g>`;
}

function kindOf({ path, calls, good }: PairResult): 'direct' | 'udp' | 'stream' | 'failed' {
  if (good < calls || path === 'none') return 'failed';
  if (!path.startsWith('relay')) return 'direct';
  return /tcp|tls/.test(path) ? 'stream' : 'udp';
}

function text(x: number, y: number, content: string, style: string): string {
  return `<text class="${style}" x="${x}" y="${y}">${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const CELL = { width: 124, height: 56 };
const [LEFT, TOP] = [156, 92];

const LEGEND = [
  ['direct', 'browser to browser'],
  ['udp', 'relay over UDP'],
  ['stream', 'relay over TCP or TLS'],
  ['failed', 'not as it should be'],
] as const;

const STYLE = `
text{font:13px system-ui,sans-serif;fill:#2b2622}.title{font-size:18px;font-weight:600}.head{font-size:12px;font-weight:600}
.middle{text-anchor:middle}.end{text-anchor:end}.path{font-weight:600}.time{font-size:12px}
.ground{fill:#fbf8f3}.direct{fill:#cfe8d5}.udp{fill:#fbe3b5}.stream{fill:#f6cdb4}.failed{fill:#e9a3a3}
@media (prefers-color-scheme:dark){text{fill:#f1ece4}.ground{fill:#1d1a17}
.direct{fill:#2c5a3b}.udp{fill:#6b5218}.stream{fill:#7a4526}.failed{fill:#8c2f2f}}`;
