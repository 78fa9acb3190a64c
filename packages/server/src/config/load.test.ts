import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIpAddress } from '@madang/core/path/address-text';
import { formatCidr } from '@madang/core/policy/cidr';
import { describeConfigError } from './config-error.js';
import { loadConfig } from './load.js';
import type { LoadOptions, LoadResult } from './load.js';
import type { Config } from './resolve.js';

type Files = Record<string, string>;

function load(
  args: string | string[],
  environment: Record<string, string> = {},
  files: Files = {},
): LoadResult {
  const options: LoadOptions = {
    args: typeof args === 'string' ? args.split(' ').filter((arg) => arg !== '') : args,
    environment: { PATH: '/bin', ...environment },
    readFile: (path) => files[path] ?? assert.fail('no such file'),
    cores: 4,
    terminal: 'other',
  };
  return loadConfig(options);
}

function config(args: string | string[], environment?: Record<string, string>, files?: Files): Config {
  const result = load(args, environment, files);
  assert.ok(result.ok, result.ok ? '' : describeConfigError(result.error));
  return result.config;
}

function complaint(args: string | string[], environment?: Record<string, string>, files?: Files): string {
  const result = load(args, environment, files);
  assert.ok(!result.ok, `${String(args)} is accepted`);
  const line = describeConfigError(result.error);
  assert.doesNotMatch(line, /[\r\n\u0085\u2028\u2029\u001b]/);
  return line;
}

test('nothing configured gives the defaults', () => {
  const it = config('');
  assert.equal(it.turnPort, 3478);
  assert.equal(it.turnTlsPort, 5349);
  assert.equal(it.httpsPort, 'off');
  assert.deepEqual(it.relayPorts, { first: 49152, last: 65535 });
  assert.equal(it.workers, 4);
  assert.equal(it.mediaPort, 40000);
  assert.equal(it.allocationsTotal, Math.floor(16384 * 0.8));
  assert.equal(it.log, 'json');
  assert.equal(it.access, 'token');
  assert.equal(it.tcpRelay, false);
  assert.equal(it.icmpReports, false);
  assert.deepEqual([it.host, it.turnUsers, it.allowPeers, it.denyPeers], [[], [], [], []]);
  const { stunRatePerAddress, stunBurstPerAddress, stunRatePerPrefix, stunRateTotal } = it;
  assert.deepEqual(
    [stunRatePerAddress, stunBurstPerAddress, stunRatePerPrefix, stunRateTotal],
    [100, 200, 500, 0],
  );
  assert.deepEqual([it.unauthenticatedReplyRatePerAddress, it.unauthenticatedReplyBurstPerAddress], [10, 20]);
  assert.deepEqual([it.unauthenticatedReplyRatePerPrefix, it.unauthenticatedReplyRateTotal], [50, 2000]);
  assert.deepEqual(
    [it.allocationsPerUser, it.allocationsPerAddress, it.maxBitrateBps],
    [12, 100, 10_000_000],
  );
});

test('the command line beats the environment, the environment the file, the file the default', () => {
  const files = { 'm.json': '{ "turnPort": 1001, "httpPort": 1002, "realm": "file", "tcpRelay": true }' };
  const it = config(
    '--config m.json --turn-port=3001',
    { MADANG_TURN_PORT: '2001', MADANG_HTTP_PORT: '2002' },
    files,
  );
  assert.deepEqual(
    [it.turnPort, it.httpPort, it.realm, it.tcpRelay, it.turnTlsPort],
    [3001, 2002, 'file', true, 5349],
  );
  const other = config('--config m.json', { MADANG_CONFIG: 'missing.json' }, files);
  assert.equal(other.turnPort, 1001);
  assert.equal(config('', { MADANG_CONFIG: 'm.json' }, files).realm, 'file');
});

test('lists take commas, repetition and arrays; a later source replaces them', () => {
  const ranges = (it: Config) => it.allowPeers.map(formatCidr);
  assert.deepEqual(ranges(config('--allow-peers 10.0.0.0/8,192.168.0.0/16 --allow-peers ::1')), [
    '10.0.0.0/8',
    '192.168.0.0/16',
    '::1/128',
  ]);
  const files = { 'm.json': '{ "allowPeers": ["10.0.0.0/8", "fd00::/8"], "host": "127.0.0.1, ::1" }' };
  const it = config('--config m.json', {}, files);
  assert.deepEqual(ranges(it), ['10.0.0.0/8', 'fd00::/8']);
  assert.deepEqual(it.host.map(formatIpAddress), ['127.0.0.1', '::1']);
  assert.deepEqual(ranges(config('--config m.json', { MADANG_ALLOW_PEERS: '10.1.0.0/16' }, files)), [
    '10.1.0.0/16',
  ]);
});

test('users come from every source; a comma in a password survives in an array', () => {
  assert.deepEqual(config('--turn-user a:b:c --turn-user=d:e').turnUsers, [
    { username: 'a', password: 'b:c' },
    { username: 'd', password: 'e' },
  ]);
  assert.equal(config('', { MADANG_TURN_USER: 'a:b,c:d' }).turnUsers.length, 2);
  const files = { 'm.json': '{ "turnUsers": ["a:b,c:d"] }' };
  assert.deepEqual(config('--config m.json', {}, files).turnUsers, [{ username: 'a', password: 'b,c:d' }]);
});

test('switches switch on by name and off by no-name', () => {
  assert.equal(config('--tcp-relay').tcpRelay, true);
  assert.equal(config('--tcp-relay=off').tcpRelay, false);
  assert.equal(config('--no-native').noNative, true);
  assert.equal(config('--no-tcp-relay', { MADANG_TCP_RELAY: 'on' }).tcpRelay, false);
  assert.equal(config('--tcp-relay --turn-port 1').turnPort, 1);
  assert.equal(config('', { MADANG_NO_NATIVE: '1' }).noNative, true);
});

test('words are resolved', () => {
  assert.equal(config('--workers 0').workers, 0);
  assert.equal(config('--media-port off').mediaPort, 'off');
  assert.equal(config('--workers auto').workers, 4);
  assert.equal(config('--turn-tls-port off').turnTlsPort, 'off');
  assert.equal(config('--https-port 443').httpsPort, 443);
  assert.equal(config('', {}, {}).metricsToken, 'off');
  const files = { 'm.json': '{ "turnTlsPort": false }' };
  assert.equal(config('--config m.json', {}, files).turnTlsPort, 'off');
  assert.equal(config('--host 127.0.0.1,::1').access, 'open');
  assert.equal(config('--host 127.0.0.1 --require-token').access, 'token');
  assert.equal(config('--host 127.0.0.1,10.0.0.1').access, 'token');
  assert.equal(config('--open').access, 'open');
});

test('mistakes are named with key, value, reason and mend in one line', () => {
  const rows: [args: string, line: RegExp][] = [
    ['--turn-prot 1', /--turn-prot: there is no such option; did you mean --turn-port\?$/],
    ['--nonsense-altogether', /no such option; leave it out; --help lists all$/],
    ['turn-port 1', /turn-port: options begin with two hyphens/],
    ['--turn-port', /turnPort \(--turn-port\): the value is missing; write --turn-port PORT$/],
    ['--turn-port --tcp-relay', /the value is missing/],
    ['--turn-port 1 --turn-port 2', /it is given twice/],
    [
      '--turn-port x',
      /turnPort \(--turn-port\) 'x': it is not a whole number; write a number from 0 to 65535/,
    ],
    ['--turn-port 65536', /'65536': it is out of range/],
    ['--turn-port -1', /out of range/],
    ['--turn-port 3478.0', /not a whole number/],
    ['--turn-port 0x10', /not a whole number/],
    ['--turn-port=', /turnPort \(--turn-port\) '': it is not a whole number/],
    ['--https-port on', /or off$/],
    ['--workers many', /or auto$/],
    ['--log xml', /log \(--log\) 'xml': .*; write pretty, json or auto$/],
    ['--tcp-relay=maybe', /neither on nor off; write on or off$/],
    ['--host localhost', /'localhost': it is not an IPv4 or IPv6 address/],
    ['--host 0.0.0.0', /unspecified address; leave it out/],
    ['--public-address 1.2.3.4,224.0.0.1', /entry 2: no machine has a multicast/],
    ['--allow-peers 10.0.0.1/8', /allowPeers \(--allow-peers\) '10\.0\.0\.1\/8': .*write 10\.0\.0\.0\/8/],
    ['--deny-peers 10.0.0.0/8,10.0.0.0/33', /entry 2: the prefix length '33' is not a number from 0 to 32/],
    ['--allow-peers 10.0.0.0/8,,', /entry 2/],
    ['--nat64-prefixes 2001:db8::/33', /RFC 6052 knows no such prefix/],
    ['--relay-ports 49152', /not two ports with a hyphen/],
    ['--relay-ports 50001-49152', /ends before it starts/],
    ['--relay-ports 49153-65535', /come in pairs, the lower one even; write 49152-65535$/],
    ['--relay-ports 49152-65534', /write 49152-65535$/],
    ['--relay-ports 49152-70001', /no port above 65535/],
    ['--relay-ports 80-1025', /below 1024/],
    ['--channels-per-allocation 4097', /1 to 4096/],
    [
      '--metrics-token short',
      /^Configuration error: metricsToken \(--metrics-token\): it has less than 16 bytes/,
    ],
    ['--config none.json', /config 'none\.json': the file cannot be read/],
    ['--config', /config \(--config\): the value is missing; write --config FILE/],
  ];
  for (const [args, line] of rows) assert.match(complaint(args), line, args);
  assert.match(
    complaint('', { MADANG_TURN_PROT: '1' }),
    /MADANG_TURN_PROT: .*did you mean MADANG_TURN_PORT\?/,
  );
  assert.match(complaint('', { MADANG_TURN_PORT: 'x' }), /turnPort \(MADANG_TURN_PORT\) 'x'/);
  assert.equal(config('', { MADANG_TURN_PORT: '' }).turnPort, 3478);
});

test('mistakes in the file are named too', () => {
  const rows: [content: string, line: RegExp][] = [
    ['{', /config \(m\.json\): it is not JSON/],
    ['[]', /not a JSON object/],
    ['null', /not a JSON object/],
    ['{"turnprot": 1}', /turnprot \(m\.json\): there is no such key; did you mean turnPort\?/],
    ['{"turnPort": null}', /turnPort \(m\.json\) 'null': a value cannot have this form/],
    ['{"turnPort": [1]}', /cannot have this form/],
    ['{"turnPort": {"a": 1}}', /cannot have this form/],
    ['{"turnPort": 1.5}', /not a whole number/],
    ['{"turnPort": true}', /'on': it is not a whole number/],
    ['{"allowPeers": [10]}', /write an array of text/],
    ['{"allowPeers": ["10.0.0.0/8,::1"]}', /is not/],
    ['{"turnUsers": [["a"]]}', /^Configuration error: turnUsers \(m\.json\): a value cannot/],
    ['{"__proto__": {"turnPort": 1}}', /__proto__/],
    ['{"toString": 1}', /toString/],
  ];
  for (const [content, line] of rows)
    assert.match(complaint('--config m.json', {}, { 'm.json': content }), line, content);
});

test('contradictions stop the start', () => {
  const pem = { 'a.pem': 'a', 'b.pem': 'b' };
  const rows: [args: string, line: RegExp][] = [
    ['--tls-key a.pem', /tlsKey \(--tls-key\) 'a\.pem': there is a key but no certificate; give tlsCert/],
    ['--tls-cert a.pem', /there is a certificate but no key/],
    ['--tls-cert a.pem --tls-key gone.pem', /tlsKey \(--tls-key\) 'gone\.pem': the file cannot be read/],
    ['--open --require-token', /open \(--open\) 'on': requireToken is on as well/],
    ['--no-native --tcp-relay', /tcpRelay \(--tcp-relay\) 'on': it needs the native network/],
    [
      '--no-native --workers 2',
      /workers \(--workers\) '2': noNative runs everything in one process; write 0/,
    ],
    ['--turn-user a:b --turn-user a:c', /turnUsers \(--turn-user\): two entries have the same name/],
    ['--turn-port 8080', /turnPort \(--turn-port\) '8080': httpPort is the same port/],
    ['--turn-tls-port 3478', /turnPort is the same port/],
    ['--relay-ports 40002-40101', /relayPorts .* the media ports 40000-40003 lie in it/],
    ['--relay-ports 3000-4999', /turnPort 3478 lies in it; move turnPort or the range/],
    ['--turn-port 50000', /relayPorts '49152-65535': turnPort 50000 lies in it/],
    ['--turn-tls-port 50000', /turnTlsPort 50000 lies in it/],
    ['--http-port 50000 --tcp-relay', /httpPort 50000 lies in it/],
    ['--relay-ports 50000-50005', /4 workers need two ports each; write 50000-50007 or more/],
    ['--media-port 65534', /4 workers need ports up to 65537; write 65532 or less/],
    ['--media-port 3477', /media ports 3477-3480 hold turnPort 3478/],
    ['--allocations-total 11 --relay-ports 50000-50009 --workers 1', /there are 10 relay ports only/],
    [
      '--allocation-lifetime-seconds 3601',
      /more than maxAllocationLifetimeSeconds, 3600; write 3600 or less/,
    ],
    ['--half-open-per-address 2000', /more than halfOpenTotal, 1024/],
    ['--dtls-handshakes-per-address 257', /more than dtlsHandshakesTotal, 256/],
    ['--turn-alternate-address 10.0.0.2', /the first address has to be known as well/],
    ['--turn-alternate-address 10.0.0.2 --host 10.0.0.2', /10\.0\.0\.2 is the first address too/],
    ['--turn-alternate-address 10.0.0.2 --host 10.0.0.1 --turn-alternate-port 3478', /turnPort is the same/],
    ['--turn-alternate-address 10.0.0.2 --host 10.0.0.1 --turn-port 0', /turnPort is any free port/],
  ];
  for (const [args, line] of rows) assert.match(complaint(args, {}, pem), line, args);
  assert.equal(config('--tls-cert a.pem --tls-key b.pem', {}, pem).tlsCert, 'a.pem');
  assert.equal(config('--turn-port 0 --http-port 0 --turn-tls-port 0 --https-port 0').turnPort, 0);
  assert.equal(config('--http-port 50000').httpPort, 50000);
  assert.equal(config('--half-open-total 0').halfOpenTotal, 0);
  assert.ok(config('--turn-alternate-address 10.0.0.2 --host 10.0.0.1').turnAlternateAddress !== 'off');
});

test('secrets are not repeated', () => {
  const lines = [
    complaint('--turn-user aaa:'),
    complaint('--turn-user hunter2'),
    complaint('--turn-user a:hunter2,hunter2'),
    complaint('--metrics-token hunter2'),
    complaint('', { MADANG_TURN_USER: 'hunter2' }),
    complaint('--config m.json', {}, { 'm.json': '{"turnUsers": ["a:b", "hunter2"]}' }),
    complaint('--config m.json', {}, { 'm.json': '{"turnUsers": {"a": "hunter2"}}' }),
    complaint('--turn-user a:hunter2 --turn-user a:b'),
  ];
  for (const line of lines) assert.ok(!line.includes('hunter2') && !line.includes('aaa'), line);
});

test('a line stays a line, and short, whatever was written', () => {
  assert.match(
    complaint(['--turn-port', '1\n2\u001b[31m\u2028\u202e']),
    /'1\\u\{a\}2\\u\{1b\}\[31m\\u\{2028\}\\u\{202e\}'/,
  );
  assert.ok(complaint(['--turn-port', 'x'.repeat(10_000)]).length < 300);
  assert.ok(complaint(['--' + 'x'.repeat(10_000)]).length < 300);
  assert.ok(complaint('--config m.json', {}, { 'm.json': 'x'.repeat(10_000) }).length < 400);
  assert.match(complaint(['--realm', 'a\nb']), /control characters/);
});
