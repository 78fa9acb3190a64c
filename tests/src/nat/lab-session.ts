import { LabServer } from '@madang/testkit/nat/lab-server';
import type { Site, SiteRequest } from '@madang/testkit/nat/laboratory';
import { Laboratory } from '@madang/testkit/nat/laboratory';
import type { SiteName } from '@madang/testkit/nat/topology';
import { pathProblems, hasMedia } from './judge.js';
import type { LabCallOptions, LabCallResult } from './lab-call.js';
import { LabCall } from './lab-call.js';
import { SiteBrowser } from './site-browser.js';

/** Who calls whom. */
export type SitePair = readonly [from: SiteName, to: SiteName];

/** A laboratory with the server, and browsers for one call at a time. */
export class LabSession {
  readonly laboratory: Laboratory;
  readonly server: LabServer;
  /** The two sites used last. A browser in a call takes most of a core. */
  readonly #browsers: SiteBrowser[] = [];

  /** Builds what the pairs need: each of their sites, and a second one of a kind that calls itself. */
  static async open(pairs: readonly SitePair[], serverOptions: readonly string[] = []): Promise<LabSession> {
    const twice = pairs.filter(([from, to]) => from === to).map(([from]) => from);
    return LabSession.build([...new Set(pairs.flat()), ...new Set(twice)], serverOptions);
  }

  /** Builds the sites that are asked for. */
  static async build(
    sites: readonly (SiteName | SiteRequest)[],
    serverOptions: readonly string[] = [],
  ): Promise<LabSession> {
    const laboratory = await Laboratory.create(sites);
    try {
      return new LabSession(laboratory, await LabServer.start(laboratory, serverOptions));
    } catch (error) {
      await laboratory.destroy();
      throw error;
    }
  }

  private constructor(laboratory: Laboratory, server: LabServer) {
    this.laboratory = laboratory;
    this.server = server;
  }

  /** Begins a call between sites the session was opened for; a kind calls its second site when it calls itself. */
  async start([from, to]: SitePair, options: LabCallOptions = {}): Promise<LabCall> {
    const of = (kind: SiteName) => this.laboratory.sites.filter((site) => site.kind === kind);
    const [caller, callee] = [of(from)[0], of(to)[from === to ? 1 : 0]];
    if (caller === undefined || callee === undefined) throw new Error(`no sites for ${from} and ${to}`);
    const browsers = [await this.#browser(caller, callee), await this.#browser(callee, caller)] as const;
    return LabCall.start(...browsers, options);
  }

  /** One whole call. It has 20 s for picture and sound, and ICE 10 s more to end on the path it should. */
  async call(pair: SitePair): Promise<LabCallResult> {
    const call = await this.start(pair);
    try {
      const connected = await call.lookUntil(hasMedia, CONNECT_MS);
      if (!hasMedia(connected)) return connected;
      // ICE still moves to better pairs after the first one works.
      return await call.lookUntil(
        (result) => hasMedia(result) && pathProblems(...pair, result).length === 0,
        SETTLE_MS,
      );
    } finally {
      await call.hangUp();
    }
  }

  /** Ends everything and removes it. */
  async destroy(): Promise<void> {
    await Promise.all(this.#browsers.splice(0).map((browser) => browser.close()));
    await this.server.stop();
    await this.laboratory.destroy();
  }

  /** The browser of a site; where two others run, the one is closed that is not that of `other`. */
  async #browser(site: Site, other: Site): Promise<SiteBrowser> {
    const running = this.#browsers.find((browser) => browser.site === site);
    if (running !== undefined) return running;
    if (this.#browsers.length === 2) {
      const spare = this.#browsers.findIndex((browser) => browser.site !== other);
      await this.#browsers.splice(spare, 1)[0]!.close();
    }
    const launched = await SiteBrowser.launch(site);
    this.#browsers.push(launched);
    return launched;
  }
}

const CONNECT_MS = 20_000;
const SETTLE_MS = 10_000;
