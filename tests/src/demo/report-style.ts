/** How the report looks: the colours of the app, light and dark, wide and narrow, on paper too. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#fbf9f5, #171411);
  --surface: light-dark(#ffffff, #211d19);
  --ink: light-dark(#211c17, #f4eee6);
  --ink-soft: light-dark(#5f564c, #b8ada0);
  --line: light-dark(#e7e0d6, #383129);
  --accent: light-dark(#b9430f, #ff9254);
  --ok: light-dark(#3b6a2c, #9ccb85);
  --danger: light-dark(#b3261e, #ff8f80);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 48px 24px 96px; max-width: 1180px; background: var(--ground); color: var(--ink);
  font: 16px/1.55 -apple-system, BlinkMacSystemFont, 'Segoe UI', 'Apple SD Gothic Neo', 'Malgun Gothic',
    'Noto Sans KR', 'Noto Sans CJK KR', system-ui, sans-serif;
}
.brand { margin: 0; color: var(--accent); font-weight: 650; }
.brand span, h2 span { color: var(--ink-soft); font-weight: 400; }
h1 { margin: 4px 0 12px; font-size: clamp(1.75rem, 1.2rem + 2.4vw, 2.75rem); line-height: 1.15; }
h2 { margin: 0 0 4px; font-size: 1.375rem; }
h2 span { margin-left: 8px; font-size: 1rem; }
.lead, section > p, footer p { max-width: 70ch; color: var(--ink-soft); }
section > p { margin: 0 0 20px; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: 3px; }
a:hover { text-decoration-color: var(--accent); }
nav ol {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 0 32px; margin: 32px 0 56px;
  padding: 0; list-style: none;
}
nav li { display: flex; gap: 10px; padding: 8px 0; border-top: 1px solid var(--line); }
nav li span { margin-left: auto; color: var(--ink-soft); font-size: 0.875rem; white-space: nowrap; }
nav li::before, .checks li::before { content: '✓' / ''; color: var(--ok); font-weight: 700; }
nav li.failed::before, .checks li.failed::before { content: '✗' / ''; color: var(--danger); }
section { margin: 0 0 40px; padding: 28px; border: 1px solid var(--line); border-radius: 24px; background: var(--surface); }
section:target { border-color: var(--accent); }
.pictures { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 20px; }
figure { flex: 1 1 380px; min-width: 0; margin: 0; max-width: 820px; }
figure.phone { flex: 0 1 240px; }
img { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: 14px; }
figcaption { margin-top: 6px; color: var(--ink-soft); font-size: 0.875rem; }
dl { display: flex; flex-wrap: wrap; gap: 12px 32px; margin: 20px 0; }
dt { color: var(--ink-soft); font-size: 0.8125rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
.figures dd { font-size: 1.125rem; font-weight: 600; }
.checks { margin: 0; padding: 16px 0 0; border-top: 1px solid var(--line); list-style: none; columns: 2 440px; column-gap: 40px; }
.checks li { position: relative; padding: 2px 0 2px 24px; break-inside: avoid; font-size: 0.9375rem; }
.checks li::before { position: absolute; left: 0; }
.checks b { font-weight: 550; }
.checks li > span:last-child { color: var(--ink-soft); font-size: 0.875rem; }
.checks li.failed > span:last-child { color: var(--danger); }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 600px) { body { padding: 24px 12px 64px; } section { padding: 20px 16px; } }
@media print { section { break-inside: avoid; } }
`;
