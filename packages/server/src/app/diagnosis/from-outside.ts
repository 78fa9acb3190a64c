import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatTransportAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Attribute } from '@madang/core/stun/attributes';
import { Method } from '@madang/core/stun/methods';
import type { WallClockSeconds } from '@madang/core/time/instant';
import { mintTimeLimitedCredential } from '@madang/core/turn/credentials';
import type { Config } from '../../config/resolve.js';
import { NodeCrypto } from '../../crypto/node-crypto.js';
import type { NetworkPlan } from '../network-plan.js';
import { TURN_SECRET_FILE } from '../secrets.js';
import type { Finding, FindingGroup } from './findings.js';
import { StunRequester } from './stun-requester.js';
import type { StunAnswer } from './stun-requester.js';
import { openWire } from './stun-wire.js';
import type { WireKind } from './stun-wire.js';

/** Tries a running server the way clients use it: STUN, TLS, DTLS, then a packet through two relays. */
export async function checkFromOutside(config: Config, plan: NetworkPlan): Promise<FindingGroup> {
  const host = reachableHost(plan);
  const findings = [
    await checkBinding('udp', host, config.turnPort),
    await checkBinding('tcp', host, config.turnPort),
  ];
  if (config.turnTlsPort !== 'off') {
    findings.push(await checkBinding('tls', host, config.turnTlsPort));
    findings.push(await checkBinding('dtls', host, config.turnTlsPort));
  }
  findings.push(await checkRelaying(config, host));
  const elsewhere = plan.announcedHosts.filter((address) => address !== host);
  if (elsewhere.length > 0) {
    findings.push({
      verdict: 'note',
      subject: 'public address',
      text: `clients are told ${elsewhere.join(' and ')}, which only a machine outside can try: open the server's page there`,
    });
  }
  return { title: `The running server, tried at ${host}`, findings };
}

/** An address of this machine the server listens on. */
function reachableHost({ hosts, relayAddresses }: NetworkPlan): string {
  const bound = relayAddresses.map(({ bind }) => bind).find((address) => !WILDCARDS.includes(address));
  return bound ?? hosts.find((address) => !WILDCARDS.includes(address)) ?? '127.0.0.1';
}

async function checkBinding(kind: WireKind, host: string, port: number): Promise<Finding> {
  const subject = SUBJECTS[kind];
  try {
    const wire = await openWire(kind, host, port);
    const requester = new StunRequester(wire);
    const startedAt = performance.now();
    const answer = await requester.request(Method.binding);
    const ms = Math.max(1, Math.round(performance.now() - startedAt));
    requester.close();
    if (!answer.ok) return { verdict: 'broken', subject, text: `${answer.reason}; ${NEXT_STEP[kind](port)}` };
    const seen = answer.view.readXorAddress(answer.view.find(Attribute.xorMappedAddress));
    if (answer.code !== 0 || seen === undefined)
      return {
        verdict: 'broken',
        subject,
        text: `answers with error ${answer.code}; look into the server's log`,
      };
    const protocol = wire.detail === '' ? '' : ` (${wire.detail})`;
    return { verdict: 'ok', subject, text: `answers within ${ms} ms${protocol}` };
  } catch (error) {
    return { verdict: 'broken', subject, text: `${(error as Error).message}; ${NEXT_STEP[kind](port)}` };
  }
}

/** Two allocations with credentials of two people, and a datagram from one relayed address to the other. */
async function checkRelaying(config: Config, host: string): Promise<Finding> {
  const subject = 'TURN relaying';
  let secret: string;
  try {
    secret = readFileSync(join(config.dataDir, TURN_SECRET_FILE), 'utf8').trim();
  } catch {
    return {
      verdict: 'warning',
      subject,
      text: `not tried: ${config.dataDir} holds no secret, so the running server uses another folder; give this command the same --data-dir`,
    };
  }
  const ends: StunRequester[] = [];
  try {
    for (const name of ['check-a', 'check-b']) {
      const credential = mintCredential(config, secret, `${name}-${process.pid}`);
      ends.push(new StunRequester(await openWire('udp', host, config.turnPort), credential));
    }
    return { subject, ...(await relayOnePacket(ends as [StunRequester, StunRequester])) };
  } catch (error) {
    return { verdict: 'broken', subject, text: (error as Error).message };
  } finally {
    for (const end of ends) {
      await end.request(Method.refresh, (writer) => writer.u32(Attribute.lifetime, 0));
      end.close();
    }
  }
}

type Outcome = Omit<Finding, 'subject'>;

async function relayOnePacket([first, second]: [StunRequester, StunRequester]): Promise<Outcome> {
  const relayed: TransportAddress[] = [];
  for (const end of [first, second]) {
    const answer = await end.request(Method.allocate, (writer) =>
      writer.u8WithReserved(Attribute.requestedTransport, UDP),
    );
    const problem = allocateProblem(answer);
    if (problem !== undefined) return problem;
    const { view } = answer as Extract<StunAnswer, { ok: true }>;
    relayed.push(view.readXorAddress(view.find(Attribute.xorRelayedAddress))!);
  }
  const [from, to] = relayed as [TransportAddress, TransportAddress];
  for (const [end, peer] of [
    [first, to],
    [second, from],
  ] as const) {
    const answer = await end.request(Method.createPermission, (writer) =>
      writer.xorAddress(Attribute.xorPeerAddress, peer),
    );
    if (answer.ok && answer.code === 403) {
      return {
        verdict: 'note',
        text: `allocates ${formatTransportAddress(from)}; no packet was sent, because --allow-peers does not name that address`,
      };
    }
    if (!answer.ok || answer.code !== 0)
      return {
        verdict: 'broken',
        text: `CreatePermission: ${answer.ok ? `error ${answer.code}` : answer.reason}`,
      };
  }
  const startedAt = performance.now();
  const arrived = nextData(second);
  first.indicate(Method.send, (writer) =>
    writer.xorAddress(Attribute.xorPeerAddress, to).bytes(Attribute.data, PAYLOAD),
  );
  if (!(await arrived)) {
    return {
      verdict: 'broken',
      text: `a packet from ${formatTransportAddress(from)} to ${formatTransportAddress(to)} got lost; open the relay ports (UDP) in this machine's firewall`,
    };
  }
  const ms = Math.max(1, Math.round(performance.now() - startedAt));
  return {
    verdict: 'ok',
    text: `a packet went through two relays in ${ms} ms (${formatTransportAddress(from)})`,
  };
}

function allocateProblem(answer: StunAnswer): Outcome | undefined {
  if (!answer.ok)
    return { verdict: 'broken', text: `Allocate: ${answer.reason}; look into the server's log` };
  switch (answer.code) {
    case 0:
      return undefined;
    case 401:
      return {
        verdict: 'broken',
        text: 'a fresh credential was refused: the running server has another secret; give this command the same --data-dir',
      };
    case 486:
    case 508:
      return {
        verdict: 'warning',
        text: `no allocation was given (error ${answer.code}): a limit is reached, or the server drains`,
      };
    default:
      return {
        verdict: 'broken',
        text: `no allocation was given (error ${answer.code}); look into the server's log`,
      };
  }
}

/** Whether the payload arrives in a Data indication within a second. */
function nextData(end: StunRequester): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, 1000);
    end.onIndication = (view) => {
      const data = view.readBytes(view.find(Attribute.data));
      if (view.method !== Method.data || data === undefined || Buffer.compare(data, PAYLOAD) !== 0) return;
      clearTimeout(timer);
      resolve(true);
    };
  });
}

function mintCredential(
  config: Config,
  secret: string,
  identity: string,
): { username: string; password: string } {
  const ttlSeconds = Math.min(60, config.credentialTtlSeconds);
  const expiresAt = (Math.floor(Date.now() / 1000) + ttlSeconds) as WallClockSeconds;
  return mintTimeLimitedCredential({ crypto: new NodeCrypto(), secret, identity, expiresAt });
}

const SUBJECTS: Readonly<Record<WireKind, string>> = {
  udp: 'STUN over UDP',
  tcp: 'STUN over TCP',
  tls: 'STUN over TLS',
  dtls: 'STUN over DTLS',
};
const NEXT_STEP: Readonly<Record<WireKind, (port: number) => string>> = {
  udp: (port) => `open UDP port ${port} in this machine's firewall`,
  tcp: (port) => `open TCP port ${port} in this machine's firewall`,
  tls: (port) => `open TCP port ${port} in this machine's firewall and check tlsCert and tlsKey`,
  dtls: (port) => `open UDP port ${port} in this machine's firewall and check tlsCert and tlsKey`,
};
const WILDCARDS = ['0.0.0.0', '::'];
const UDP = 17;
const PAYLOAD = Buffer.from('madang check');
