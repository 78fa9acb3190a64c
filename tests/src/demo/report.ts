import { REPORT_STYLE } from './report-style.js';
import type { Check, Figure, Picture, SceneResult } from './scene.js';

/** Where and when the scenes were played. */
export interface Circumstances {
  readonly at: Date;
  /** The browser, as it calls itself. */
  readonly browser: string;
  readonly node: string;
  readonly machine: string;
  readonly seconds: number;
}

/** The report: one HTML page that asks nobody for anything, pictures included. */
export function renderReport(results: readonly SceneResult[], circumstances: Circumstances): string {
  const checks = results.flatMap((result) => result.checks);
  const failed = checks.filter(({ passed }) => !passed).length;
  const verdict =
    failed === 0 ? `All ${checks.length} checks passed.` : `${failed} of ${checks.length} checks failed.`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Madang, shown: ${escapeHtml(verdict)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<p class="brand">Madang <span lang="ko">마당</span></p>
<h1>${escapeHtml(verdict)}</h1>
<p class="lead">Real calls between real browsers, through the server that was built here, at its web app and its SDK.
Pictures and voices are drawn and made by the pages, so that whoever receives them can tell what arrived.</p>
<dl class="facts">${renderCircumstances(circumstances)}</dl>
</header>
<nav aria-label="Scenes"><ol>${results.map(renderEntry).join('')}</ol></nav>
<main>
${results.map(renderScene).join('\n')}
</main>
<footer><p>Round trips and bitrates are what the browser tells of the last second; frames are counted at the video element;
colours and tones are measured in decoded media. Figures are those of this machine and this run.</p></footer>
</body>
</html>
`;
}

function renderCircumstances({ at, browser, node, machine, seconds }: Circumstances): string {
  const facts: readonly Figure[] = [
    { name: 'When', value: `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC` },
    { name: 'How long', value: `${Math.round(seconds)} s` },
    { name: 'Browser', value: browser },
    { name: 'Server', value: node },
    { name: 'Machine', value: machine },
  ];
  return facts.map(renderFigure).join('');
}

function renderEntry({ scene, checks, seconds }: SceneResult): string {
  const failed = checks.filter(({ passed }) => !passed).length;
  const mark = failed === 0 ? 'passed' : 'failed';
  const count = failed === 0 ? `${checks.length} checks` : `${failed} failed`;
  return `<li class="${mark}"><a href="#${scene.id}">${escapeHtml(scene.title)}</a>
<span>${count}, ${Math.round(seconds)} s</span></li>`;
}

function renderScene({ scene, checks, figures, pictures }: SceneResult): string {
  return `<section id="${scene.id}" aria-labelledby="${scene.id}-title">
<h2 id="${scene.id}-title">${escapeHtml(scene.title)} <span lang="ko">${escapeHtml(scene.titleKo)}</span></h2>
<p>${escapeHtml(scene.about)}</p>
<div class="pictures">${pictures.map(renderPicture).join('')}</div>
<dl class="figures">${figures.map(renderFigure).join('')}</dl>
<ul class="checks">${checks.map(renderCheck).join('')}</ul>
</section>`;
}

function renderPicture({ caption, jpeg, shape }: Picture): string {
  const data = Buffer.from(jpeg).toString('base64');
  const text = escapeHtml(caption);
  return `<figure class="${shape}"><img alt="${text}" src="data:image/jpeg;base64,${data}">
<figcaption>${text}</figcaption></figure>`;
}

function renderFigure({ name, value }: Figure): string {
  return `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`;
}

function renderCheck({ what, passed, seen }: Check): string {
  const mark = passed ? 'passed' : 'failed';
  return `<li class="${mark}"><span class="spoken">${mark}: </span><b>${escapeHtml(what)}</b> <span>${escapeHtml(seen)}</span></li>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
