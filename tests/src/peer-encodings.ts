/** An address nobody may reach through a relay, as a client could write it. */
export interface Encoding {
  readonly text: string;
  readonly family: 4 | 6;
}

/** First, last and some inner addresses of every IPv4 range of no use on the Internet (RFC 6890 and its registry). */
const IPV4 = [
  ...['0.0.0.0', '0.0.0.1', '0.255.255.255', '10.0.0.0', '10.0.0.1', '10.255.255.255', '100.64.0.1'],
  ...['100.127.255.254', '127.0.0.1', '127.0.0.2', '127.255.255.255', '169.254.0.1', '169.254.169.254'],
  ...[
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.0.170',
    '192.0.2.1',
    '192.31.196.1',
    '192.52.193.1',
  ],
  ...['192.88.99.1', '192.168.0.1', '192.168.255.255', '192.175.48.1', '198.18.0.1', '198.19.255.255'],
  ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
];

const IPV6 = [
  ...['::', '::1', '64:ff9b:1::1', '100::1', '100:0:0:1::1', '2001::1', '2001:2::1', '2001:1ff:ffff::1'],
  ...['2001:db8::1', '2620:4f:8000::1', '3fff::1', '3fff:fff:ffff::1', '5f00::1', 'fc00::1', 'fd00::1'],
  ...['fdff:ffff::1', 'fe80::1', 'febf:ffff::1', 'fec0::1', 'feff::1', 'ff00::1', 'ff02::1', 'ff0e::1'],
];

/** IPv4 addresses that matter most, to be written inside IPv6 ones. */
const DISGUISED = [
  ...['127.0.0.1', '10.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.0.1', '0.0.0.0', '255.255.255.255'],
  ...['100.64.0.1', '224.0.0.1', '192.0.2.1'],
];

/** Ways to write an IPv4 address (as two groups of hex digits) inside an IPv6 one; `inverted` has all bits turned. */
const DISGUISES: readonly ((hex: string, inverted: string) => string)[] = [
  (hex) => `::ffff:${hex}`,
  (hex) => `::ffff:0:${hex}`,
  (hex) => `::${hex}`,
  (hex) => `64:ff9b::${hex}`,
  (hex) => `2002:${hex}::1`,
  (_hex, inverted) => `2001:0:808:808:0:0:${inverted}`,
  (hex) => `2001:0:${hex}:0:0:f7f7:f7f7`,
  (hex) => `2a00:1450:4001:801:0:5efe:${hex}`,
  (hex) => `2a00:1450:4001:801:200:5efe:${hex}`,
];

/** Every encoding a relay has to refuse. */
export const FORBIDDEN_PEERS: readonly Encoding[] = [
  ...IPV4.map((text): Encoding => ({ text, family: 4 })),
  ...IPV6.map((text): Encoding => ({ text, family: 6 })),
  ...DISGUISED.flatMap((address) =>
    DISGUISES.map((disguise): Encoding => {
      const bytes = address.split('.').map(Number);
      return { text: disguise(groups(bytes), groups(bytes.map((byte) => byte ^ 0xff))), family: 6 };
    }),
  ),
];

function groups(bytes: readonly number[]): string {
  const [a, b, c, d] = bytes as [number, number, number, number];
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
