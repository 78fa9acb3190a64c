import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { ServerProcess } from '@madang/testkit/server-process';
import type { ConnectOptions } from '@madang/client';
import { openCaller } from './sdk-page.js';

/** A room nobody has been in, for one test. */
export interface Gathering {
  readonly room: string;
  /** Opens a page whose `window.caller` is in the room; it is closed with the test. */
  readonly enter: (name: string, more?: Partial<ConnectOptions>) => Promise<Page>;
}

let rooms = 0;

/** @param common what everybody enters with */
export function gather(
  t: TestContext,
  browser: Browser,
  server: ServerProcess,
  common: Partial<ConnectOptions> = {},
): Gathering {
  const room = `room ${++rooms}`;
  const pages: Page[] = [];
  t.after(() => Promise.all(pages.map((page) => page.close())));
  return {
    room,
    enter: async (name, more = {}) => {
      const page = await openCaller(browser, server.httpUrl, { room, name, ...common, ...more });
      pages.push(page);
      return page;
    },
  };
}
