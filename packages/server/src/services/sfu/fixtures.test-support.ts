import { readFileSync } from 'node:fs';
import type { LocalTransport } from './description-lines.js';

/** Descriptions as Chromium 156 and Firefox 153 on Linux wrote them; the answers are to offers of this server. */
export const BROWSERS = ['chromium-156', 'firefox-153'] as const;

/**
 * A recorded description. Offers: `camera` (audio and video), `simulcast-and-data` (audio, simulcast, a screen, a data
 * channel), `stopped` (of another connection with the same tracks: the screen has been stopped), `restart` (of the
 * same connection, later: an ICE restart).
 */
export function fixture(browser: (typeof BROWSERS)[number], name: string): string {
  const file = `../../../src/services/sfu/fixtures/${browser}-${name}.sdp`;
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

/** The server's end of a connection in tests. */
export const LOCAL: LocalTransport = {
  iceUfrag: 'ufragOfOurs',
  icePwd: 'passwordOfOursThatIsLong',
  fingerprint: { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => '5A').join(':') },
  endpoints: { addresses: ['192.0.2.7', '2001:db8::7'], port: 40_000 },
};
