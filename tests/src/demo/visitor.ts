import type { BrowserContextOptions, JSHandle, Locator, Page } from 'playwright-core';
import type { ConnectionStatistics } from '@madang/client';
import { toneOf } from '../calls/in-page.js';
import type { Actor } from './cast.js';
import { lookAt } from './in-page/watch.js';
import type { Notes, Seen } from './in-page/watch.js';
import type { Equipment } from './in-page/devices.js';
import { pageScript } from './page-script.js';
import type { Shape } from './scene.js';
import type { Theatre } from './theatre.js';

/** How somebody looks at the app, and what equipment they have. */
export interface Look {
  readonly shape?: Shape;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly language?: 'en' | 'ko';
  readonly theme?: 'light' | 'dark';
  /** Stored choices, beside language and theme. */
  readonly preferences?: object;
  readonly cameras?: Equipment['cameras'];
  /** 0 to 1; 0.3 unless told, which is a voice. */
  readonly loudness?: number;
  /** Lines of the camera's picture; 360 unless told. */
  readonly height?: number;
  readonly framesPerSecond?: number;
  /** Only TURN over TLS gets out of this network. */
  readonly tlsOnly?: boolean;
}

/** Longer than anything takes here; machines that do much else are slow. */
const PATIENCE_MS = 60_000;

const SCREENS: Readonly<Record<Shape, BrowserContextOptions>> = {
  wide: { viewport: { width: 1200, height: 750 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

/** Somebody with a browser of their own, at the app. */
export class Visitor {
  readonly actor: Actor;
  readonly page: Page;
  readonly shape: Shape;
  readonly #origin: string;

  static async arrive(theatre: Theatre, actor: Actor, look: Look = {}): Promise<Visitor> {
    const { shape = 'wide', language = 'en', theme = 'light' } = look;
    const context = await theatre.browser.newContext({
      ...SCREENS[shape],
      ...(look.viewport ? { viewport: look.viewport } : {}),
      locale: language === 'ko' ? 'ko-KR' : 'en-US',
      colorScheme: theme,
    });
    const equipment: Equipment = {
      cameras: look.cameras ?? [{ label: 'Desk camera', portrait: actor.portrait }],
      frequencyHz: actor.frequencyHz,
      loudness: look.loudness ?? 0.3,
      height: look.height ?? 360,
      framesPerSecond: look.framesPerSecond ?? 15,
    };
    const preferences = JSON.stringify({ name: actor.name, language, theme, ...look.preferences });
    await context.addInitScript({
      content: pageScript([
        'installNotes()',
        `installDevices(${JSON.stringify(equipment)})`,
        ...(look.tlsOnly ? ['installTlsOnly()'] : []),
        `localStorage['madang.preferences'] ??= ${JSON.stringify(preferences)}`,
      ]),
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    return new Visitor(theatre.origin, actor, page, shape);
  }

  private constructor(origin: string, actor: Actor, page: Page, shape: Shape) {
    this.#origin = origin;
    this.actor = actor;
    this.page = page;
    this.shape = shape;
  }

  get name(): string {
    return this.actor.name;
  }

  async goto(address: string): Promise<void> {
    await this.page.goto(new URL(address, this.#origin).href);
  }

  /** Goes into a room by a link that asks nothing. */
  async enter(room: string, query = ''): Promise<this> {
    await this.goto(`/r/${room}?join=1&name=${encodeURIComponent(this.name)}${query}`);
    await this.part('room')
      .waitFor()
      .catch(async (error: unknown) => {
        const shown = await this.page.locator('body').innerText();
        throw new Error(`${this.name} is not in the room; the page says: ${shown.slice(0, 200)}`, {
          cause: error,
        });
      });
    return this;
  }

  /** A part of the page by its `data-testid`. */
  part(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  tileOf(name: string, source: 'camera' | 'screen' = 'camera'): Locator {
    return this.page.locator(`[data-testid=tile][data-source=${source}]`).filter({ hasText: name });
  }

  pictureOf(name: string, source: 'camera' | 'screen' = 'camera'): Locator {
    return this.tileOf(name, source).getByTestId('picture-video');
  }

  /** What is shown of somebody now. Rejects when no frames come. */
  async look(name: string, source: 'camera' | 'screen' = 'camera'): Promise<Seen> {
    const seen = await this.pictureOf(name, source).evaluate(lookAt);
    if (seen.frames < 4) throw new Error(`only ${seen.frames} frames in 20 s`);
    return seen;
  }

  /** The loudest tone of what somebody's microphone sends here. */
  async listen(name: string): Promise<{ frequencyHz: number; aboveRestDb: number }> {
    const track = await this.page.waitForFunction(
      (who) =>
        window.madang.room?.participants.find((one) => one.name === who)?.publication('microphone')?.track
          ?.mediaStreamTrack,
      name,
    );
    return this.page.evaluate(toneOf, track as JSHandle<MediaStreamTrack>);
  }

  /** What the SDK says of the connection to somebody, once media has flowed for a second. */
  async connectionTo(name: string): Promise<ConnectionStatistics> {
    const found = await this.page.waitForFunction((who) => {
      const connection = window.madang.room?.participants.find((one) => one.name === who)?.connection;
      const flows = connection !== undefined && connection.received.some((track) => track.bitrateBps > 0);
      return flows && connection.path.kind !== 'none' && connection.roundTripMs !== undefined
        ? structuredClone(connection)
        : undefined;
    }, name);
    return (await found.jsonValue()) as ConnectionStatistics;
  }

  notes(): Promise<Notes> {
    return this.page.evaluate(() => window.notes);
  }

  /** Milliseconds from this page's first turn to the server until it decoded a frame of somebody. */
  async firstFrameMs(name: string): Promise<number> {
    const at = await this.page.waitForFunction((who) => {
      const { connectAtMs, firstFrameAtMs } = window.notes;
      const frameAtMs = firstFrameAtMs[who];
      return frameAtMs === undefined || connectAtMs === undefined ? undefined : frameAtMs - connectAtMs;
    }, name);
    return (await at.jsonValue())!;
  }

  /** Brings the controls back, as a hand on the mouse does, and puts it where it covers nothing. */
  async stir(): Promise<void> {
    const { width } = this.page.viewportSize()!;
    await this.page.mouse.move(width / 2, 3);
    await this.page.mouse.move(width / 2 + 8, 2);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
