import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserFamily, isDeniedBySystem, type BrowserFamily } from './browser-family.js';

const MAC_SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15';
const ANDROID = 'Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko)';

const AGENTS: readonly (readonly [BrowserFamily, string, number?])[] = [
  [
    'chrome',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  ],
  [
    'edge',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
  ],
  ['firefox', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0'],
  ['firefoxAndroid', 'Mozilla/5.0 (Android 14; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0'],
  ['safariMac', MAC_SAFARI],
  ['safariIos', MAC_SAFARI, 5],
  [
    'safariIos',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1',
  ],
  ['chromeAndroid', `${ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36`],
  ['samsung', `${ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`],
  ['inApp', `${ANDROID} Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36;KAKAOTALK 2410500`],
  [
    'inApp',
    'Mozilla/5.0 (Linux; Android 14; SM-S921N; wv) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36',
  ],
  ['other', 'Lynx/2.9'],
];

for (const [family, agent, touchPoints] of AGENTS) {
  test(`${family}: ${agent.slice(-40)}`, () => {
    assert.equal(browserFamily(agent, touchPoints), family);
  });
}

test('a refusal of the system is told from one of the browser', () => {
  assert.equal(isDeniedBySystem(new Error('Permission denied by system')), true);
  assert.equal(isDeniedBySystem(new Error('Permission denied')), false);
  assert.equal(isDeniedBySystem(undefined), false);
});
