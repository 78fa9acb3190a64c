import { LabServer } from '@madang/testkit/nat/lab-server';
import { Laboratory } from '@madang/testkit/nat/laboratory';
import type { SiteName } from '@madang/testkit/nat/topology';
import { problems } from './judge.js';
import type { LabCallOptions, LabCallResult } from './lab-call.js';
import { labCall } from './lab-call.js';
import { SiteBrowser } from './site-browser.js';

/** Who calls whom. */
export type SitePair = readonly [from: SiteName, to: SiteName];

/** A laboratory with the server and a browser in each site, for calls between given pairs. */
export class LabSession {
  readonly server: LabServer;
  readonly #laboratory: Laboratory;
  readonly #browsers: SiteBrowser[] = [];

  /** Builds what the pairs need: each of their sites, and a second one of a kind that calls itself. */
  static async open(pairs: readonly SitePair[], serverOptions: readonly string[] = []): Promise<LabSession> {
    const twice = pairs.filter(([from, to]) => from === to).map(([from]) => from);
    const laboratory = await Laboratory.create([...new Set(pairs.flat()), ...new Set(twice)]);
    let session: LabSession | undefined;
    try {
      session = new LabSession(laboratory, await LabServer.start(laboratory, serverOptions));
      for (const site of laboratory.sites)
        session.#browsers.push(await SiteBrowser.launch(site, session.server));
      return session;
    } catch (error) {
      await (session ?? laboratory).destroy();
      throw error;
    }
  }

  private constructor(laboratory: Laboratory, server: LabServer) {
    this.#laboratory = laboratory;
    this.server = server;
  }

  /** One call between sites the session was opened for. ICE is given the time to end on the path it should. */
  call([from, to]: SitePair, options: LabCallOptions = {}): Promise<LabCallResult> {
    const of = (kind: SiteName) => this.#browsers.filter(({ site }) => site.kind === kind);
    const caller = of(from)[0];
    const callee = of(to)[from === to ? 1 : 0];
    if (caller === undefined || callee === undefined) throw new Error(`no browsers for ${from} and ${to}`);
    const isFinal = (result: LabCallResult) => problems(from, to, result).length === 0;
    return labCall(caller, callee, { isFinal, ...options });
  }

  /** Ends everything and removes it. */
  async destroy(): Promise<void> {
    await Promise.all(this.#browsers.splice(0).map((browser) => browser.close()));
    await this.server.stop();
    await this.#laboratory.destroy();
  }
}
