import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { tryCommand } from '@madang/testkit/nat/command';
import { discoverWithCoturn, discoverWithOwnClient } from '@madang/testkit/nat/discovery';
import { LabServer } from '@madang/testkit/nat/lab-server';
import { Laboratory } from '@madang/testkit/nat/laboratory';
import { laboratoryObstacle } from '@madang/testkit/nat/namespaces';
import { siteBehaviour } from '@madang/testkit/nat/theory';
import type { SiteName } from '@madang/testkit/nat/topology';
import { SITE_NAMES, SITES } from '@madang/testkit/nat/topology';

// RFC 5780 needs two addresses of a family; the server has one of IPv6.
const KINDS: readonly SiteName[] = SITE_NAMES.filter((name) => SITES[name].family === 4);

const obstacle = await laboratoryObstacle();
const coturn = await tryCommand('turnutils_natdiscovery', []).catch(() => undefined);

describe('every NAT of the laboratory is what its name says', { concurrency: 8 }, () => {
  let laboratory: Laboratory | undefined;
  let server: LabServer | undefined;
  before(async () => {
    if (obstacle !== undefined) return;
    laboratory = await Laboratory.create(KINDS);
    server = await LabServer.start(laboratory);
  });
  after(async () => {
    await server?.stop();
    await laboratory?.destroy();
  });

  for (const kind of KINDS) {
    const expected = siteBehaviour(kind);
    test(`${SITES[kind].title}: our RFC 5780 client`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      const site = laboratory!.site(kind);
      const found = await discoverWithOwnClient(site);
      if (expected === undefined) return assert.equal(found, undefined);
      assert.deepEqual({ mapping: found?.mapping, filtering: found?.filtering }, expected);
      assert.equal(found?.mappedAddress.split(':')[0], site.publicAddress);
    });
    test(`${SITES[kind].title}: turnutils_natdiscovery`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      if (coturn === undefined) return t.skip('the program turnutils_natdiscovery is missing');
      assert.deepEqual(await discoverWithCoturn(laboratory!.site(kind)), expected);
    });
  }
});
