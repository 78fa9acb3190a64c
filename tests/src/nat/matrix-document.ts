import type { SiteName } from '@madang/testkit/nat/topology';
import { SITE_NAMES, SITES } from '@madang/testkit/nat/topology';
import type { PairResult } from './matrix-result.js';
import { median } from './matrix-result.js';
import { summary } from './matrix-picture.js';

export interface Circumstances {
  /** Of the browser, as it names itself. */
  readonly browserVersion: string;
  /** Of the machine. */
  readonly processors: number;
  /** Average number of programs that wanted a processor at the end of the run. */
  readonly load: number;
}

/** The results as a page of the documentation, beside the picture `nat-matrix.svg`. */
export function matrixDocument(
  results: readonly PairResult[],
  { browserVersion, processors, load }: Circumstances,
): string {
  const calls = Math.max(...results.map((result) => result.calls));
  return `# NAT matrix

![${summary(results)}](nat-matrix.svg)

${summary(results)}. \`npm run lab\` makes this page: real calls between two browsers with camera and microphone, through the
browser SDK and this server's signaling, in the [NAT laboratory](nat-laboratory.md). A pair counts as connected when both sides
have decoded the other's moving picture and heard the other's sound, over the path that ICE can take at best (RFC 5128
section 3.3). Who stands in the row joins a room in which the one in the column waits.

Each cell: the path (two where calls of the pair differed); the median time from \`connect()\` to the first picture of the other (to the connection). ${calls} calls a
pair, Chromium ${browserVersion}, ${processors} processors shared by both browsers, the server and other programs (load ${load.toFixed(0)}).

${table(results)}

${medians(results)}
`;
}

/** The upper triangle as Markdown. */
export function table(results: readonly PairResult[]): string {
  const names = SITE_NAMES.filter((name) => results.some(({ from, to }) => from === name || to === name));
  const cell = (from: SiteName, to: SiteName): string => {
    const result = results.find((one) => one.from === from && one.to === to);
    if (result === undefined) return '';
    const good = result.good === result.calls ? '' : ` (${result.good} of ${result.calls})`;
    if (result.firstFrameMs === undefined || result.connectedMs === undefined) return `${result.path}${good}`;
    return `${result.path}${good}, ${Math.round(result.firstFrameMs)} ms (${Math.round(result.connectedMs)})`;
  };
  const rows = names.map((from) => [SITES[from].title, ...names.map((to) => cell(from, to))]);
  const head = ['', ...names.map((name) => SITES[name].title)];
  return [head, head.map(() => '---'), ...rows].map((columns) => `| ${columns.join(' | ')} |`).join('\n');
}

function medians(results: readonly PairResult[]): string {
  const of = (label: string, chosen: readonly PairResult[]): string => {
    const times = chosen.map(({ firstFrameMs }) => firstFrameMs).filter((time) => time !== undefined);
    const middle = median(times);
    return `${label}: ${middle === undefined ? 'none' : `${Math.round(middle)} ms`}`;
  };
  const isStream = ({ path }: PairResult) => /tcp|tls/.test(path);
  return `Median over the pairs, to the first picture: ${[
    of(
      'direct',
      results.filter(({ path }) => !path.startsWith('relay')),
    ),
    of(
      'relay over UDP',
      results.filter((one) => one.path.startsWith('relay') && !isStream(one)),
    ),
    of('relay over TCP or TLS', results.filter(isStream)),
  ].join('; ')}.`;
}
