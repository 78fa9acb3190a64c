import { expectedPath, relayProtocol } from '@madang/testkit/nat/theory';
import type { SiteName } from '@madang/testkit/nat/topology';
import type { SelectedPath } from './call-page.js';
import type { LabCallResult } from './lab-call.js';

/** The path of a finished call in a word or two: `direct`, `relay udp`, `relay tcp + tls`, or `none`. */
export function pathText(result: LabCallResult): string {
  if (result.connectedAfterMs === undefined) return 'none';
  const relays = [result.caller, result.callee]
    .filter((side) => side?.local === 'relay')
    .map((side) => side!.relayProtocol);
  if (relays.length > 0) return `relay ${[...new Set(relays)].sort().join(' + ')}`;
  if (hasRelay(result.caller)) return 'relay';
  return hasRelay(result.callee) ? 'direct, back over the relay' : 'direct';
}

/** What is wrong with a call between two sites; empty when it went as ICE in theory does. */
export function problems(from: SiteName, to: SiteName, result: LabCallResult): string[] {
  if (result.connectedAfterMs === undefined) return ['no message was echoed'];
  const { caller, callee } = result;
  if (caller === undefined || callee === undefined) return ['a side has no selected candidate pair'];
  if (expectedPath(from, to) === 'direct') {
    // RFC 8445 section 8.1.1: the controlling agent, which is the caller, nominates.
    return hasRelay(caller) ? [`relayed although a direct path exists: ${JSON.stringify(result)}`] : [];
  }
  // Each side may send to the relay of the other one: then neither selects a relay of its own.
  const found: string[] = isRelayed(result) ? [] : ['no side relays'];
  for (const [name, side] of [[from, caller] as const, [to, callee] as const]) {
    // Where no UDP passes nothing but a relay of one's own helps.
    const mustRelay = relayProtocol(name) !== 'udp';
    if (mustRelay && side.local !== 'relay') found.push(`${name} must relay and uses ${side.local}`);
    const isChosen = mustRelay || side === caller;
    if (isChosen && side.local === 'relay' && side.relayProtocol !== relayProtocol(name)) {
      found.push(`${name} relays over ${side.relayProtocol}, not ${relayProtocol(name)}`);
    }
  }
  return found.map((problem) => `${problem}: ${JSON.stringify(result)}`);
}

function isRelayed({ caller, callee }: LabCallResult): boolean {
  return hasRelay(caller) || hasRelay(callee);
}

function hasRelay(side: SelectedPath | undefined): boolean {
  return side?.local === 'relay' || side?.remote === 'relay';
}
