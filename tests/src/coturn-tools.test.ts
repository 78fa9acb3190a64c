import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findFreePorts, hasAddress } from '@madang/testkit/free-ports';
import { ServerProcess, TURN_PASSWORD, TURN_USER } from '@madang/testkit/server-process';
import type { ServerProcessOptions } from '@madang/testkit/server-process';
import { missingTool, runTool, startEcho } from './tool.js';
import type { ToolRun } from './tool.js';

const MISSING = missingTool(
  'turnutils_uclient',
  'turnutils_peer',
  'turnutils_stunclient',
  'turnutils_natdiscovery',
);
const HAS_IPV6 = await hasAddress('::1');
const NO_IPV6 = HAS_IPV6 ? undefined : 'this machine has no ::1';
const HOSTS = HAS_IPV6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];

/** The tool leaves its allocations behind and every run looks like the same person. */
const ONE_PERSON = [
  ...['--allocations-per-user', '0', '--allocations-per-address', '0'],
  ...['--unauthenticated-reply-rate-per-address', '0', '--unauthenticated-reply-rate-per-prefix', '0'],
];

/** Clients that run at a time: mostly they wait. */
const AT_ONCE = 16;
const MESSAGES = 20;

interface Case {
  /** Options of turnutils_uclient. */
  readonly options: string;
  /** Address of the server it talks to. Default 127.0.0.1. */
  readonly host?: string;
  readonly peer?: string;
  readonly skip?: string | undefined;
}

const TRANSPORTS = ['', '-t', '-t -S', '-S'];

/** Each transport with channels and with Send indications, with EVEN-PORT and RESERVATION-TOKEN and (-c) without. */
const TRANSPORT_CASES: Case[] = TRANSPORTS.flatMap((transport) =>
  ['', '-s'].flatMap((method) => ['', '-c'].map((rtcp) => ({ options: `${transport} ${method} ${rtcp}` }))),
);

const PEER_TO_PEER_CASES: Case[] = ['-y', '-y -s', '-y -c', '-y -t', '-y -S'].map((options) => ({
  options,
}));

const OTHER_CASES: Case[] = [
  { options: '-D -t -c' },
  { options: '-G' },
  { options: '-m 10' },
  { options: '-m 10 -t -c' },
  { options: '-m 4 -S' },
];

/** DONT-FRAGMENT needs a socket option that only the native network sets. */
const DONT_FRAGMENT_CASES: Case[] = [{ options: '-g' }, { options: '-g -y -s' }, { options: '-g -t' }];

const IPV6_CASES: Case[] = [
  { options: '-x', peer: '::1' },
  { options: '-x -y -s' },
  { options: '-x -c', host: '::1', peer: '::1' },
  { options: '-x -t -S -s', host: '::1', peer: '::1' },
  { options: '-x -S', host: '::1', peer: '::1' },
  { options: '-X', host: '::1' },
].map((row) => ({ ...row, skip: NO_IPV6 }));

interface Deployment {
  readonly name: string;
  readonly server: ServerProcessOptions;
  readonly cases: readonly Case[];
}

const NATIVE_CASES = [
  ...TRANSPORT_CASES,
  ...PEER_TO_PEER_CASES,
  ...OTHER_CASES,
  ...DONT_FRAGMENT_CASES,
  ...IPV6_CASES,
];

const DEPLOYMENTS: Deployment[] = [
  { name: 'one process', server: { hosts: HOSTS, options: ONE_PERSON }, cases: NATIVE_CASES },
  { name: 'two workers', server: { hosts: HOSTS, workers: 2, options: ONE_PERSON }, cases: NATIVE_CASES },
  {
    name: "Node's own sockets (no DTLS, no DONT-FRAGMENT)",
    server: { hosts: HOSTS, options: [...ONE_PERSON, '--no-native'] },
    cases: [...TRANSPORT_CASES, ...PEER_TO_PEER_CASES, ...OTHER_CASES, ...IPV6_CASES].filter(
      ({ options }) => !options.includes('-S') || options.includes('-t'),
    ),
  },
];

for (const { name, server, cases } of DEPLOYMENTS) {
  describe(`turnutils_uclient, ${name}`, { concurrency: AT_ONCE, skip: MISSING ?? false }, () => {
    const site = useSite(server);
    testRelaying(
      site,
      cases.filter((row) => !isOverTls(row)),
    );
    test('-W: a time-limited credential', async () => {
      const { turnSecret } = site.server;
      assertNothingLost(await uclient(site, { options: `-c -W ${turnSecret}` }, ['-u', 'somebody']));
    });
    test('a wrong password is refused', async () => {
      const { status, output } = await uclient(site, { options: '-c' }, ['-u', TURN_USER, '-w', 'guess']);
      assert.notEqual(status, 0);
      assert.match(output, /401|Unauthorized|cannot complete Allocation/i);
    });
  });
  // Apart from the crowd: see assertRelays.
  describe(`turnutils_uclient over TLS, ${name}`, { concurrency: AT_ONCE, skip: MISSING ?? false }, () => {
    testRelaying(useSite(server), cases.filter(isOverTls));
  });
}

for (const workers of [0, 2]) {
  describe(
    `turnutils_uclient, TCP relaying, ${workers} workers`,
    { concurrency: AT_ONCE, skip: MISSING ?? false },
    () => {
      const site = useSite({ workers, options: [...ONE_PERSON, '--tcp-relay'] });
      testRelaying(
        site,
        ['-T', '-T -S', '-T -m 4', '-T -S -m 3', '-c', '-t'].map((options) => ({ options })),
      );
      test('-P: the peer connects', async () => {
        // The tool counts what both ends send, but receives at the client only, whatever the server.
        const run = await uclient(site, { options: '-P' });
        const { sent, received } = countsOf(run);
        assert.equal(received, MESSAGES, run.output);
        assert.equal(sent, 2 * received, run.output);
      });
    },
  );
}

describe('turnutils_uclient, over TLS to itself', { skip: MISSING ?? false }, () => {
  const site = useSite({ workers: 2, options: ONE_PERSON });
  test('-y -t -S: everything is relayed', async () => {
    // The client overlooks messages that share a TLS record (see assertRelays), and here there always are some: the
    // server's own figures say what it relayed.
    const { sent } = countsOf(await uclient(site, { options: '-y -t -S' }));
    assert.equal(sent, 4 * MESSAGES);
    const figures = await site.server.settledMetrics();
    for (const direction of ['to_peer', 'to_client']) {
      // What the client sends without being counted among its messages is relayed too.
      const relayed = figures.get(`madang_relay_packets_total{direction="${direction}"}`)!;
      assert.ok(relayed >= sent, `${direction}: ${relayed} of ${sent}`);
    }
  });
});

describe('turnutils_uclient, misbehaving', { concurrency: AT_ONCE, skip: MISSING ?? false }, () => {
  const site = useSite({ workers: 2, options: ONE_PERSON });
  for (const options of ['-R', '-R -t', '-R -S -c', '-R -y -s', '-R -m 4']) {
    test(`${options}: messages with random bytes changed disturb nobody else`, async () => {
      // Which of its messages are spoiled is left to chance: it may well wait for an answer for ever.
      const rough = uclient(site, { options }, undefined, 12_000);
      assertNothingLost(await uclient(site, { options: '-c' }));
      await rough;
    });
  }
  for (const options of ['-N -s -c', '-N -s -t']) {
    test(`${options}: strange attributes and repeated requests`, async () => {
      assertNothingLost(await uclient(site, { options }));
    });
  }
  for (const options of ['-B -c', '-B -t', '-B -y -S', '-B -m 4']) {
    test(`${options}: clients that go without a word and come back`, async () => {
      const run = await uclient(site, { options });
      assert.equal(run.status, 0, run.output);
    });
  }
  test('-O: connect and leave', async () => {
    await uclient(site, { options: '-O -m 10' });
    assertNothingLost(await uclient(site, { options: '-y' }));
  });
});

describe(
  'turnutils_stunclient and turnutils_natdiscovery',
  { concurrency: AT_ONCE, skip: MISSING ?? false },
  () => {
    for (const workers of [0, 2]) {
      test(`discovery off, ${workers} workers: a plain answer`, async () => {
        const server = await ServerProcess.start({ workers });
        try {
          const port = `${server.turnPort}`;
          for (const tool of [
            ['turnutils_stunclient'],
            ['turnutils_natdiscovery', '-m'],
            ['turnutils_natdiscovery', '-f'],
          ]) {
            const { status, output } = await runTool(tool[0]!, [...tool.slice(1), '-p', port, '127.0.0.1']);
            assert.equal(status, 0, output);
            assert.match(output, /reflexive addr: 127\.0\.0\.1:\d+/);
            assert.doesNotMatch(output, /Other addr|Response origin/);
          }
          // An attribute of a mode that is off is unknown.
          const padded = await runTool('turnutils_natdiscovery', ['-m', '-P', '-p', port, '127.0.0.1']);
          assert.match(padded.output, /error 420/);
        } finally {
          await server.stop();
        }
      });

      test(`discovery on, ${workers} workers: mapping and filtering are found`, async (t) => {
        if (!(await hasAddress('127.0.0.2'))) {
          t.skip('this machine has no 127.0.0.2');
          return;
        }
        const [first, second] = await findFreePorts(2, ['127.0.0.1', '127.0.0.2']);
        const server = await ServerProcess.start({
          workers,
          options: [
            ...['--turn-port', `${first}`, '--turn-alternate-port', `${second}`],
            ...['--turn-alternate-address', '127.0.0.2', '--stun-rate-per-address', '0'],
          ],
        });
        try {
          const run = (args: string[]): Promise<ToolRun> =>
            runTool('turnutils_natdiscovery', [...args, '-p', `${first}`, '127.0.0.1']);
          for (const padding of [[], ['-P']]) {
            const mapping = await run(['-m', ...padding]);
            assert.match(mapping.output, /NAT with Endpoint Independent Mapping/, mapping.output);
            assert.match(mapping.output, new RegExp(`Other addr: : 127\\.0\\.0\\.2:${second}`));
            assert.match(mapping.output, /No ALG: Mapped == XOR-Mapped/);
            const filtering = await run(['-f', ...padding]);
            assert.match(filtering.output, /NAT with Endpoint Independent Filtering/, filtering.output);
            assert.match(filtering.output, new RegExp(`Response origin: : 127\\.0\\.0\\.2:${second}`));
          }
          assert.match((await run(['-H'])).output, /successful hairpinning/);
          assert.match((await run(['-t', '-T', '1'])).output, /RFC 5780 response 2/);
          assert.match((await run(['-c', '-A', '127.0.0.3'])).output, /reflexive addr: 127\.0\.0\.3/);
          const stun = await runTool('turnutils_stunclient', ['-f', '-p', `${first}`, '127.0.0.1']);
          assert.match(stun.output, /RFC 5780 response 3/);
        } finally {
          await server.stop();
        }
      });
    }
  },
);

interface Site {
  readonly server: ServerProcess;
  readonly echoPort: number;
}

/** A server and an echo for the tests of a suite. */
function useSite(options: ServerProcessOptions): Site {
  let server: ServerProcess | undefined;
  let echo: Awaited<ReturnType<typeof startEcho>> | undefined;
  before(async () => {
    server = await ServerProcess.start(options);
    echo = await startEcho(HOSTS);
  });
  after(async () => {
    echo?.stop();
    const restarts = (await server?.metrics())?.get('madang_worker_restarts_total');
    await server?.stop();
    assert.equal(restarts, 0, 'no worker ended');
  });
  return {
    get server() {
      return server!;
    },
    get echoPort() {
      return echo!.port;
    },
  };
}

function testRelaying(site: Site, cases: readonly Case[]): void {
  for (const row of cases) {
    const title = [row.options.trim() || 'UDP', row.host, row.peer && `peer ${row.peer}`];
    test(title.filter(Boolean).join(', '), { skip: row.skip ?? false }, async () => {
      await assertRelays(site, row);
    });
  }
}

function uclient(
  site: Site,
  row: Case,
  user = ['-u', TURN_USER, '-w', TURN_PASSWORD],
  timeoutMs = 45_000,
  intervalMs = 5,
): Promise<ToolRun> {
  const options = wordsOf(row);
  const port = options.includes('-S') ? site.server.turnTlsPort : site.server.turnPort;
  return runTool(
    'turnutils_uclient',
    [
      ...[...user, ...options, '-p', `${port}`, '-n', `${MESSAGES}`, '-z', `${intervalMs}`],
      ...['-e', row.peer ?? '127.0.0.1', '-r', `${site.echoPort}`, row.host ?? '127.0.0.1'],
    ],
    timeoutMs,
  );
}

function isOverTls(row: Case): boolean {
  const options = wordsOf(row);
  return options.includes('-S') && (options.includes('-t') || options.includes('-T'));
}

function wordsOf({ options }: Case): string[] {
  return options.split(' ').filter((word) => word !== '');
}

/** Of the attempts over TLS: the later, the further apart are the messages. */
const TLS_INTERVALS_MS = [20, 60, 180, 540];

/**
 * The client loses nothing. It takes each TLS record for one message and ignores what follows in it, while a server may
 * put messages that are ready at the same time into one record, as they are wherever the machine halts for a moment:
 * over TLS a run in which that happened is repeated, with messages further apart. A message that is really lost is
 * lost in each of them.
 */
async function assertRelays(site: Site, row: Case): Promise<void> {
  const intervalsMs = isOverTls(row) ? TLS_INTERVALS_MS : [5];
  for (const [attempt, intervalMs] of intervalsMs.entries()) {
    const run = await uclient(site, row, undefined, undefined, intervalMs);
    if (attempt < intervalsMs.length - 1 && countsOf(run).lost > 0) continue;
    assertNothingLost(run);
    return;
  }
}

function countsOf({ output }: ToolRun): { sent: number; received: number; lost: number } {
  const counts = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1);
  const lost = /Total lost packets (\d+)/.exec(output);
  assert.ok(counts && lost, output);
  return { sent: Number(counts[1]), received: Number(counts[2]), lost: Number(lost[1]) };
}

function assertNothingLost(run: ToolRun): void {
  assert.equal(run.status, 0, run.output);
  const { sent, received, lost } = countsOf(run);
  assert.ok(sent >= MESSAGES, run.output);
  assert.equal(received, sent, run.output);
  assert.equal(lost, 0, run.output);
}
