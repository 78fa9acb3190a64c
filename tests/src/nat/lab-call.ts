/// <reference lib="dom" />
import type { SelectedPath } from './call-page.js';
import type { SiteBrowser } from './site-browser.js';

export interface LabCallOptions {
  /** Leave the TURN servers out: what can then not connect does need a relay. Default: `all`. */
  readonly servers?: 'all' | 'stunOnly';
  /** How long the echo may take. Default: 20 s. */
  readonly timeoutMs?: number;
  /** Asked each second, ten times at most, whether the pairs in use are those to report. Default: at once. */
  readonly isFinal?: (result: LabCallResult) => boolean;
}

/** What a call came to. */
export interface LabCallResult {
  /** From the caller's remote description to the first echo over the data channel; undefined: never. */
  readonly connectedAfterMs: number | undefined;
  /** Selected pair of the caller and of the callee, a second or more after the echo. */
  readonly caller: SelectedPath | undefined;
  readonly callee: SelectedPath | undefined;
}

/** One call with a data channel between two browsers; this function is the signaling. */
export async function labCall(
  from: SiteBrowser,
  to: SiteBrowser,
  options: LabCallOptions = {},
): Promise<LabCallResult> {
  const [caller, callee] = await Promise.all([from.openPage(), to.openPage()]);
  try {
    const send = (page: typeof caller.page) => (candidate: RTCIceCandidateInit) =>
      // The page of a call that has ended is no longer there.
      page.evaluate((one) => call.addCandidate(one), candidate).catch(() => undefined);
    await caller.page.exposeFunction('sendCandidate', send(callee.page));
    await callee.page.exposeFunction('sendCandidate', send(caller.page));
    const servers = options.servers ?? 'all';
    const offer = await caller.page.evaluate((ice) => call.offer(ice), from.iceServers(servers));
    const answer = await callee.page.evaluate(({ ice, sdp }) => call.answer(ice, sdp), {
      ice: to.iceServers(servers),
      sdp: offer,
    });
    await caller.page.evaluate((sdp) => call.accept(sdp), answer);
    const wait = options.timeoutMs ?? 20_000;
    const connectedAfterMs = await caller.page.evaluate((ms) => call.echoed(ms), wait);
    const looks = connectedAfterMs === undefined ? 1 : MAXIMUM_LOOKS;
    let result: LabCallResult = { connectedAfterMs, caller: undefined, callee: undefined };
    for (let look = 0; look < looks; look++) {
      // ICE still moves to better pairs after the first one works.
      if (connectedAfterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const [a, b] = await Promise.all([caller, callee].map(({ page }) => page.evaluate(() => call.path())));
      result = { connectedAfterMs, caller: a, callee: b };
      if (options.isFinal?.(result) ?? true) break;
    }
    return result;
  } finally {
    await Promise.all([caller.context.close(), callee.context.close()]);
  }
}

const SETTLE_MS = 1000;
const MAXIMUM_LOOKS = 10;
