import { formatIpAddress, sameIpAddress } from '@madang/core/path/address-text';
import { mediaPortsOf, workersOf } from './resolve.js';
import type { SettingKey, Settings } from './settings.js';

/** Two settings that cannot both be meant. */
export interface Contradiction {
  readonly key: SettingKey;
  readonly reason: string;
  readonly mend: string;
}

/** Checks what concerns more than one setting. The first contradiction, or undefined. */
export function findContradiction(settings: Settings, cores: number): Contradiction | undefined {
  return (
    checkCertificate(settings) ??
    checkAccess(settings) ??
    checkPortable(settings) ??
    checkUsers(settings) ??
    checkAlternateAddress(settings) ??
    checkListenPorts(settings) ??
    checkMediaPorts(settings, cores) ??
    checkRelayPorts(settings, cores) ??
    checkLimits(settings)
  );
}

function checkCertificate({ tlsCert, tlsKey }: Settings): Contradiction | undefined {
  if (tlsKey !== 'auto' && tlsCert === 'auto') {
    return {
      key: 'tlsKey',
      reason: 'there is a key but no certificate',
      mend: 'give tlsCert as well, or neither',
    };
  }
  if (tlsCert !== 'auto' && tlsKey === 'auto') {
    return {
      key: 'tlsCert',
      reason: 'there is a certificate but no key',
      mend: 'give tlsKey as well, or neither',
    };
  }
  return undefined;
}

function checkAccess({ open, requireToken }: Settings): Contradiction | undefined {
  if (!open || !requireToken) return undefined;
  return { key: 'open', reason: 'requireToken is on as well', mend: 'switch one of them off' };
}

function checkPortable({ noNative, tcpRelay, workers }: Settings): Contradiction | undefined {
  if (!noNative) return undefined;
  if (tcpRelay) {
    return {
      key: 'tcpRelay',
      reason: 'it needs the native network, and noNative is on',
      mend: 'switch one of them off',
    };
  }
  if (workers === 'auto' || workers === 0) return undefined;
  const reason = 'noNative runs everything in one process';
  return { key: 'workers', reason, mend: 'write 0, or leave noNative out' };
}

function checkUsers({ turnUsers }: Settings): Contradiction | undefined {
  const names = turnUsers.map((user) => user.username);
  if (new Set(names).size === names.length) return undefined;
  return { key: 'turnUsers', reason: 'two entries have the same name', mend: 'leave one out' };
}

function checkAlternateAddress(settings: Settings): Contradiction | undefined {
  const { turnAlternateAddress: alternate, host, turnPort, turnTlsPort, turnAlternatePort } = settings;
  if (alternate === 'off') return undefined;
  const key = 'turnAlternateAddress';
  const primary = host.filter((address) => address.family === alternate.family);
  if (primary.length === 0) {
    const mend = `write host=ADDRESS, the first address of family IPv${alternate.family}`;
    return { key, reason: 'the first address has to be known as well', mend };
  }
  if (primary.some((address) => sameIpAddress(address, alternate))) {
    const reason = `${formatIpAddress(alternate)} is the first address too`;
    return { key, reason, mend: 'write another address of this machine, or off' };
  }
  if (turnPort === 0) return { key, reason: 'turnPort is any free port', mend: 'write a fixed turnPort' };
  const clash =
    turnAlternatePort === turnPort
      ? 'turnPort'
      : turnAlternatePort === turnTlsPort
        ? 'turnTlsPort'
        : undefined;
  if (clash === undefined) return undefined;
  return { key: 'turnAlternatePort', reason: `${clash} is the same`, mend: 'write another port' };
}

/** HTTP, HTTPS and TURN listen on TCP, TURN on UDP too: none may share a port. Port 0 never clashes. */
function checkListenPorts(settings: Settings): Contradiction | undefined {
  const taken = new Map<number, SettingKey>();
  for (const [key, port] of listenPorts(settings)) {
    const other = taken.get(port);
    if (other !== undefined) return { key, reason: `${other} is the same port`, mend: 'write another port' };
    taken.set(port, key);
  }
  return undefined;
}

function checkMediaPorts(settings: Settings, cores: number): Contradiction | undefined {
  const ports = mediaPortsOf(settings, cores);
  if (ports === undefined) return undefined;
  const { first, last } = ports;
  if (last > 65535) {
    const reason = `${last - first + 1} workers need ports up to ${last}`;
    return { key: 'mediaPort', reason, mend: `write ${65535 - (last - first)} or less` };
  }
  for (const [key, port] of listenPorts(settings)) {
    if (port < first || port > last) continue;
    const reason = `media ports ${first}-${last} hold ${key} ${port}`;
    return { key: 'mediaPort', reason, mend: 'move one of them' };
  }
  return undefined;
}

function checkRelayPorts(settings: Settings, cores: number): Contradiction | undefined {
  const { first, last } = settings.relayPorts;
  const key = 'relayPorts';
  const media = mediaPortsOf(settings, cores);
  if (media !== undefined && first <= media.last && media.first <= last) {
    return {
      key,
      reason: `the media ports ${media.first}-${media.last} lie in it`,
      mend: 'move mediaPort or the range',
    };
  }
  for (const [name, port] of listenPorts(settings)) {
    // HTTP is TCP only, and relayed addresses are UDP only unless TCP relaying is on.
    if ((name === 'httpPort' || name === 'httpsPort') && !settings.tcpRelay) continue;
    if (port < first || port > last) continue;
    return { key, reason: `${name} ${port} lies in it`, mend: `move ${name} or the range` };
  }
  const pairs = (last - first + 1) / 2;
  const workers = Math.max(1, workersOf(settings, cores));
  if (pairs < workers) {
    const reason = `${workers} workers need two ports each`;
    return { key, reason, mend: `write ${first}-${first + 2 * workers - 1} or more, or fewer workers` };
  }
  return undefined;
}

function checkLimits(settings: Settings): Contradiction | undefined {
  const { first, last } = settings.relayPorts;
  const ports = last - first + 1;
  if (settings.allocationsTotal > ports) {
    const mend = `write ${ports} or less, or more relay ports`;
    return { key: 'allocationsTotal', reason: `there are ${ports} relay ports only`, mend };
  }
  return (
    notAbove(settings, 'allocationLifetimeSeconds', 'maxAllocationLifetimeSeconds') ??
    notAbove(settings, 'halfOpenPerAddress', 'halfOpenTotal') ??
    notAbove(settings, 'dtlsHandshakesPerAddress', 'dtlsHandshakesTotal')
  );
}

/** A part may not be larger than the whole; 0 is no limit. */
function notAbove(settings: Settings, part: NumberKey, whole: NumberKey): Contradiction | undefined {
  if (settings[whole] === 0 || settings[part] <= settings[whole]) return undefined;
  const reason = `it is more than ${whole}, ${settings[whole]}`;
  return { key: part, reason, mend: `write ${settings[whole]} or less, or raise ${whole}` };
}

type NumberKey = { [K in SettingKey]: Settings[K] extends number ? K : never }[SettingKey] & SettingKey;

function listenPorts(settings: Settings): [SettingKey, number][] {
  const keys = ['httpPort', 'httpsPort', 'turnPort', 'turnTlsPort'] as const;
  const ports = keys.map((key): [SettingKey, number | 'off'] => [key, settings[key]]);
  if (settings.turnAlternateAddress !== 'off') ports.push(['turnAlternatePort', settings.turnAlternatePort]);
  return ports.filter((entry): entry is [SettingKey, number] => entry[1] !== 'off' && entry[1] !== 0);
}
