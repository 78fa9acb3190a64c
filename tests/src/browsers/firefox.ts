import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BidiConnection } from './bidi-connection.js';
import { skipWithoutSound, SoundServer } from './sound-server.js';

const EXECUTABLE = '/usr/bin/firefox-esr';

/** Why tests in Firefox cannot run here, or false: the value of `skip`. */
export const skipWithoutFirefox: string | false = existsSync(EXECUTABLE)
  ? skipWithoutSound
  : `${EXECUTABLE} is missing (Debian package firefox-esr)`;

export type Preferences = Readonly<Record<string, boolean | number | string>>;

/** Headless Firefox with a fresh profile, fake devices that need no permission, and no talk with its maker. */
export class Firefox {
  readonly #parts: Parts;
  readonly #connection: BidiConnection;
  readonly #pages: Map<string, FirefoxPage>;
  readonly #responders: Responders;

  static async launch(preferences: Preferences = {}): Promise<Firefox> {
    const profile = mkdtempSync(path.join(tmpdir(), 'madang-firefox-'));
    const lines = Object.entries({ ...QUIET, ...FAKE_DEVICES, ...preferences }).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    writeFileSync(path.join(profile, 'user.js'), lines.join(''));
    const sound = await SoundServer.start(profile);
    const child = spawn(
      EXECUTABLE,
      ['--headless', '--no-remote', '--remote-debugging-port', '0', '--profile', profile, 'about:blank'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, HOME: profile, PULSE_SERVER: sound.address },
      },
    );
    const parts = { process: child, sound, profile };
    try {
      const pages = new Map<string, FirefoxPage>();
      const responders: Responders = new Map();
      const connection: BidiConnection = await BidiConnection.open(
        `${await addressOf(child)}/session`,
        (method, parameters) => {
          if (method === 'log.entryAdded') noteEntry(pages, parameters as LogEntry);
          else void handleRequest(connection, responders, parameters as InterceptedRequest);
        },
      );
      await connection.command('session.new', { capabilities: { alwaysMatch: {} } });
      await connection.command('session.subscribe', {
        events: ['log.entryAdded', 'network.beforeRequestSent'],
      });
      return new Firefox(parts, connection, pages, responders);
    } catch (error) {
      await end(parts);
      throw error;
    }
  }

  private constructor(
    parts: Parts,
    connection: BidiConnection,
    pages: Map<string, FirefoxPage>,
    responders: Responders,
  ) {
    this.#parts = parts;
    this.#connection = connection;
    this.#pages = pages;
    this.#responders = responders;
  }

  /** Opens an address in a new tab; resolves when it has loaded. */
  async newPage(url: string): Promise<FirefoxPage> {
    const { context } = await this.#connection.command<{ context: string }>('browsingContext.create', {
      type: 'tab',
    });
    const page = new FirefoxPage(this.#connection, context);
    this.#pages.set(context, page);
    await page.goto(url);
    return page;
  }

  /** Answers requests whose URL begins with `prefix` in place of a server. */
  async answer(prefix: string, respond: Respond): Promise<void> {
    if (this.#responders.size === 0) {
      await this.#connection.command('network.addIntercept', {
        phases: ['beforeRequestSent'],
      });
    }
    this.#responders.set(prefix, respond);
  }

  async close(): Promise<void> {
    this.#connection.close();
    await end(this.#parts);
  }
}

/** What a page gets in place of what a server would answer. */
export interface Answer {
  readonly contentType: string;
  readonly body: string;
}

/** A tab. */
export class FirefoxPage {
  /** Errors the page has written to its console. */
  readonly complaints: string[] = [];
  readonly #connection: BidiConnection;
  readonly #context: string;

  constructor(connection: BidiConnection, context: string) {
    this.#connection = connection;
    this.#context = context;
  }

  async goto(url: string): Promise<void> {
    const parameters = { context: this.#context, url, wait: 'complete' };
    await this.#connection.command('browsingContext.navigate', parameters);
  }

  /**
   * Runs a function in the page, as if a person had just clicked. It is sent as text: it may use nothing from outside
   * itself, and takes and answers what JSON can say.
   */
  async evaluate<Result, Argument = undefined>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result> {
    const answer = await this.#connection.command<Evaluation>('script.callFunction', {
      functionDeclaration: `async (json) => JSON.stringify(await (${String(run)})(JSON.parse(json))) ?? 'null'`,
      arguments: [{ type: 'string', value: JSON.stringify(argument ?? null) }],
      target: { context: this.#context },
      awaitPromise: true,
      userActivation: true,
    });
    if (answer.type === 'exception') throw new Error(`in Firefox: ${answer.exceptionDetails.text}`);
    return JSON.parse(answer.result.value) as Result;
  }

  async close(): Promise<void> {
    await this.#connection.command('browsingContext.close', { context: this.#context });
  }
}

type Evaluation =
  | { readonly type: 'success'; readonly result: { readonly value: string } }
  | { readonly type: 'exception'; readonly exceptionDetails: { readonly text: string } };

type Respond = (url: string) => Promise<Answer>;
/** By the beginning of the URLs they answer. */
type Responders = Map<string, Respond>;

async function handleRequest(
  connection: BidiConnection,
  responders: Responders,
  { isBlocked, request: { request, url } }: InterceptedRequest,
): Promise<void> {
  if (!isBlocked) return;
  const respond = [...responders].find(([prefix]) => url.startsWith(prefix))?.[1];
  try {
    if (respond === undefined) {
      await connection.command('network.continueRequest', { request });
      return;
    }
    const { contentType, body } = await respond(url);
    await connection.command('network.provideResponse', {
      request,
      statusCode: 200,
      headers: [{ name: 'Content-Type', value: { type: 'string', value: contentType } }],
      body: { type: 'string', value: body },
    });
  } catch {
    // The page that asked has gone.
  }
}

interface InterceptedRequest {
  readonly isBlocked: boolean;
  readonly request: { readonly request: string; readonly url: string };
}

interface LogEntry {
  readonly level: string;
  readonly text: string | null;
  readonly source: { readonly context?: string };
}

function noteEntry(pages: ReadonlyMap<string, FirefoxPage>, { level, text, source }: LogEntry): void {
  if (level === 'error') pages.get(source.context ?? '')?.complaints.push(text ?? '');
}

/** The address Firefox says it listens at. */
async function addressOf(child: ChildProcess): Promise<string> {
  let said = '';
  child.stderr!.setEncoding('utf8');
  const deadline = AbortSignal.timeout(LAUNCH_MS);
  for (;;) {
    const [text] = (await once(child.stderr!, 'data', { signal: deadline }).catch(() => {
      throw new Error(`Firefox did not start within ${LAUNCH_MS / 1000} s: ${said}`);
    })) as [string];
    said += text;
    const address = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1];
    if (address === undefined) continue;
    child.stderr!.resume();
    return address;
  }
}

interface Parts {
  readonly process: ChildProcess;
  readonly sound: SoundServer;
  readonly profile: string;
}

async function end({ process: child, sound, profile }: Parts): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await sound.stop();
  // Its content processes end by themselves a moment later and may still write.
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

const LAUNCH_MS = 60_000;

const FAKE_DEVICES: Preferences = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.peerconnection.ice.loopback': true,
};

const QUIET: Preferences = {
  'app.normandy.enabled': false,
  'app.update.auto': false,
  'app.update.disabledForTesting': true,
  'browser.newtabpage.enabled': false,
  'browser.region.network.url': '',
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.search.update': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'extensions.systemAddon.update.enabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.enabled': false,
};
