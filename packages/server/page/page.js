// The page: asks the server how to reach it, tries each path in turn and says in plain words what came of it.
import { tryHost, tryRelay, tryStun } from './probe.js';
import { LANGUAGES, TEXTS } from './texts.js';

const PATHS = ['host', 'stun', 'turn-udp', 'turn-tcp', 'turn-tls'];

/** What is shown: results by path, and where the whole stands. */
const view = {
  language: preferredLanguage(),
  stage: 'trying',
  results: new Map(),
};

/** Two configurations with credentials of two people; pasted by the visitor where the server gives nothing to strangers. */
let pasted;

const element = (id) => document.getElementById(id);

/** The text of a key in the chosen language, with {words} filled in. */
function text(key, words = {}) {
  const filled = TEXTS[view.language][key] ?? key;
  return filled.replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
}

async function run() {
  view.results.clear();
  for (const path of PATHS) view.results.set(path, { state: 'waiting' });
  view.stage = 'trying';
  element('again').disabled = true;
  element('credentials').hidden = true;
  render();

  const host = await attempt('host', tryHost);
  if (host.state !== 'works') return finish('browser', 'note.browser');
  const offers = pasted ?? (await askServer());
  if (typeof offers === 'string') return finish(offers);
  for (const path of PATHS.slice(1)) {
    const servers = offers.flatMap((offer) => findServer(offer, path) ?? []);
    if (servers.length === 0) settle(path, { state: 'untried', note: 'note.notOffered' });
    else await attempt(path, () => (path === 'stun' ? tryStun(servers[0].urls) : tryRelay(servers)));
  }
  return finish(judge());
}

async function attempt(path, probe) {
  settle(path, { state: 'trying' });
  const result = await probe().catch((error) => ({
    state: 'fails',
    reason: 'why.unknown',
    code: error.name,
    details: { error: `${error}` },
  }));
  settle(path, result);
  announce(`${text(`name.${path}`)}: ${resultText(result)}. ${adviceText(path, result)}`);
  return result;
}

function settle(path, result) {
  view.results.set(path, result);
  render();
}

function finish(stage, noteForUntried) {
  for (const [path, { state }] of view.results) {
    if (state === 'waiting') view.results.set(path, { state: 'untried', note: noteForUntried });
  }
  view.stage = stage;
  element('again').disabled = false;
  element('credentials').hidden = stage !== 'credentials';
  render();
  announceVerdict();
}

function announceVerdict() {
  announce(`${text(`headline.${view.stage}`)}. ${explanation()}`);
}

/** RTCIceServers of this server for the two ends of a call, or the stage that says why there are none. */
async function askServer() {
  try {
    const offers = [];
    // `madang serve` shows the operator this page with an access token in the fragment.
    const token = new URLSearchParams(location.hash.slice(1)).get('token');
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    for (let end = 0; end < 2; end++) {
      const response = await fetch('/api/ice-servers', { cache: 'no-store', headers });
      if (response.status === 401) return 'credentials';
      if (!response.ok) return 'server';
      offers.push((await response.json()).iceServers);
    }
    return offers;
  } catch {
    return 'server';
  }
}

/** The entry for one path with one URL, or undefined where the server does not offer it. */
function findServer(iceServers, path) {
  const pattern = {
    stun: /^stun:/,
    'turn-udp': /^turn:(?!.*transport=tcp)/,
    'turn-tcp': /^turn:.*transport=tcp/,
    'turn-tls': /^turns:(?!.*transport=udp)/,
  }[path];
  for (const { urls, username, credential } of iceServers) {
    const url = [urls].flat().find((one) => pattern.test(one));
    if (url) return path === 'stun' ? { urls: url } : { urls: url, username, credential };
  }
  return undefined;
}

function judge() {
  const relays = ['turn-udp', 'turn-tcp', 'turn-tls'];
  const works = (path) => view.results.get(path).state === 'works';
  if (
    relays.every((path) => works(path) || view.results.get(path).state === 'untried') &&
    relays.some(works)
  ) {
    return works('turn-udp') ? 'all' : 'detour';
  }
  if (works('turn-udp')) return 'fast';
  return relays.some(works) ? 'detour' : 'none';
}

function explanation() {
  const path = view.results.get('turn-tcp')?.state === 'works' ? 'TCP' : 'TLS';
  return text(`explanation.${view.stage}`, { path });
}

function resultText({ state, ms }) {
  return ms === undefined ? text(state) : text('worksIn', { ms });
}

function adviceText(path, { reason, note, details, code }) {
  const port = /:(\d+)(?:\?|$)/.exec(details?.server ?? '')?.[1] ?? (path === 'turn-tls' ? '5349' : '3478');
  if (reason) return text(reason, { port, code: code ?? details?.error?.split(' ')[0] ?? '' });
  return note ? text(note) : '';
}

function render() {
  document.documentElement.lang = view.language;
  document.title = `${text(`headline.${view.stage}`)} · ${text('brand')}`;
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = text(node.dataset.text);
  for (const node of document.querySelectorAll('[data-label]')) node.ariaLabel = text(node.dataset.label);
  for (const node of document.querySelectorAll('[data-language]')) {
    node.ariaPressed = `${node.dataset.language === view.language}`;
  }
  element('headline').textContent = text(`headline.${view.stage}`);
  element('headline').parentElement.dataset.state = view.stage;
  element('explanation').textContent = explanation();
  for (const [path, result] of view.results) renderPath(path, result);
}

function renderPath(path, result) {
  const row = element(`path-${path}`) ?? addRow(path);
  row.dataset.state = result.state;
  row.querySelector('.name').textContent = text(`name.${path}`);
  row.querySelector('.result').textContent = resultText(result);
  row.querySelector('.advice').textContent = adviceText(path, result);
  const terms = Object.entries(technicalTerms(path, result));
  row
    .querySelector('dl')
    .replaceChildren(
      ...terms.flatMap(([term, value]) => [cell('dt', text(`term.${term}`)), definition(term, value)]),
    );
}

/** The technical words of a path; before there is a result, at least what kind of candidate it is about. */
function technicalTerms(path, { details = {} }) {
  const { address, server, error, time } = details;
  const kind =
    details.kind ??
    {
      host: 'host',
      stun: 'srflx',
      'turn-udp': 'relay/udp',
      'turn-tcp': 'relay/tcp',
      'turn-tls': 'relay/tls',
    }[path];
  const terms = { kind };
  if (address) terms.address = address.endsWith('.local') ? text('term.addressHidden') : address;
  if (server) terms.server = server;
  if (time === 'relay') terms.time = text('term.timeRelay', { count: 5 });
  if (time === 'stun') terms.time = text('term.timeStun');
  if (error) terms.error = error;
  return terms;
}

function addRow(path) {
  const row = element('path').content.firstElementChild.cloneNode(true);
  row.id = `path-${path}`;
  row.dataset.testid = `path-${path}`;
  element('paths').append(row);
  return row;
}

function cell(tag, value) {
  const node = document.createElement(tag);
  node.textContent = value;
  return node;
}

/** Words for machines are set as code, words for people as text. */
function definition(term, value) {
  const node = cell('dd', value);
  if (term !== 'time') node.className = 'code';
  return node;
}

function announce(sentence) {
  element('announcement').textContent = sentence;
}

/** What `madang turn-credentials --json` printed, once or several times, or undefined when it is something else. */
function readPasted(value) {
  try {
    const offers = JSON.parse(`[${value.replace(/}\s*{/g, '},{')}]`);
    const isFit = ({ iceServers }) =>
      Array.isArray(iceServers) &&
      iceServers.every(({ urls }) => [urls].flat().every((url) => typeof url === 'string'));
    return offers.length > 0 && offers.every(isFit) ? offers.slice(0, 2).map((o) => o.iceServers) : undefined;
  } catch {
    return undefined;
  }
}

function preferredLanguage() {
  const wanted = remembered() ?? navigator.language.slice(0, 2).toLowerCase();
  return LANGUAGES.includes(wanted) ? wanted : 'en';
}

function remembered() {
  try {
    return localStorage.getItem('language') ?? undefined;
  } catch {
    // Storage may be switched off: the browser's language it is.
    return undefined;
  }
}

for (const button of document.querySelectorAll('[data-language]')) {
  button.addEventListener('click', () => {
    view.language = button.dataset.language;
    try {
      localStorage.setItem('language', view.language);
    } catch {
      // It is asked again next time.
    }
    render();
    if (view.stage !== 'trying') announceVerdict();
  });
}

element('again').addEventListener('click', () => void run());
element('credentials-form').addEventListener('submit', (event) => {
  event.preventDefault();
  pasted = readPasted(element('credentials-text').value);
  element('credentials-problem').textContent = pasted ? '' : text('credentialsProblem');
  if (pasted) void run();
});

void run();
