import { expectedPath, relayProtocol } from '@madang/testkit/nat/theory';
import type { SiteName } from '@madang/testkit/nat/topology';
import type { ConnectionPath } from '@madang/client';
import type { SideResult } from './call-page.js';
import type { LabCallResult } from './lab-call.js';

/** Whether both sides see and hear each other. */
export function hasMedia(result: LabCallResult): boolean {
  return mediaProblems(result).length === 0;
}

/** What is missing of picture and sound; empty when both sides see and hear each other. */
export function mediaProblems({ caller, callee }: LabCallResult): string[] {
  return [...sideProblems('caller', caller), ...sideProblems('callee', callee)];
}

/** The path of a call in a word or two: `direct`, `relay udp`, `relay tcp + tls`, or `none`. */
export function pathText(result: LabCallResult): string {
  const [caller, callee] = [result.caller.path, result.callee.path];
  if (caller === undefined || callee === undefined) return 'none';
  if (caller.kind === 'none' || callee.kind === 'none') return 'none';
  const relays = [caller, callee].map((side) => side.relayProtocol).filter((used) => used !== undefined);
  if (relays.length > 0) return `relay ${[...new Set(relays)].sort().join(' + ')}`;
  if (hasRelay(caller)) return 'relay';
  return hasRelay(callee) ? 'direct, back over the relay' : 'direct';
}

/** What is wrong with the path of a call between two sites; empty when it is the one ICE in theory takes. */
export function pathProblems(from: SiteName, to: SiteName, result: LabCallResult): string[] {
  const [caller, callee] = [result.caller.path, result.callee.path];
  if (caller === undefined || callee === undefined) return ['a side has not heard of the other one'];
  if (caller.kind === 'none' || callee.kind === 'none') return [`there is no path: ${pathsOf(result)}`];
  if (expectedPath(from, to) === 'direct') {
    // RFC 8445 section 8.1.1: the controlling agent, which is the caller, nominates.
    return hasRelay(caller) ? [`relayed although a direct path exists: ${pathsOf(result)}`] : [];
  }
  // Each side may send to the relay of the other one: then neither selects a relay of its own.
  const found: string[] = hasRelay(caller) || hasRelay(callee) ? [] : ['no side relays'];
  for (const [name, side] of [[from, caller] as const, [to, callee] as const]) {
    // Where no UDP passes nothing but a relay of one's own helps.
    const mustRelay = relayProtocol(name) !== 'udp';
    if (mustRelay && side.localCandidateType !== 'relay')
      found.push(`${name} must relay and uses ${side.localCandidateType}`);
    // Of two relays the one counts that the caller sends through.
    const isChosen = mustRelay || side === caller || caller.localCandidateType !== 'relay';
    if (isChosen && side.localCandidateType === 'relay' && side.relayProtocol !== relayProtocol(name)) {
      found.push(`${name} relays over ${side.relayProtocol}, not ${relayProtocol(name)}`);
    }
  }
  return found.map((problem) => `${problem}: ${pathsOf(result)}`);
}

/** Everything that is wrong with a call between two sites. */
export function problems(from: SiteName, to: SiteName, result: LabCallResult): string[] {
  return [...mediaProblems(result), ...pathProblems(from, to, result)];
}

/** Frames that prove a moving picture: half a second and more of the fake camera. */
const FRAMES = 10;

function sideProblems(who: string, { media, state }: SideResult): string[] {
  if (media.frames < FRAMES) return [`the ${who} has decoded ${media.frames} frames and is ${state}`];
  const found: string[] = [];
  // The fake camera shows a clock on green.
  const [red, green, blue] = media.colour;
  if (green < 60 || green < red || green < blue)
    found.push(`the ${who} sees rgb(${media.colour.join(', ')})`);
  // The fake microphone beeps each second.
  if (media.peakLevel < 0.02) found.push(`the ${who} hears nothing (${media.peakLevel})`);
  return found;
}

function hasRelay(side: ConnectionPath): boolean {
  return side.kind === 'relayed';
}

function pathsOf({ caller, callee }: LabCallResult): string {
  return JSON.stringify({ caller: caller.path, callee: callee.path });
}
