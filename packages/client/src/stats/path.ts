import type { CandidateType, ConnectionPath } from '../api/connection.js';
import { selectedPairOf } from './rtc-stats.js';
import type { CandidateStat } from './rtc-stats.js';

/** While there is no connection. */
export const NO_PATH: ConnectionPath = {
  kind: 'none',
  protocol: undefined,
  localCandidateType: undefined,
  remoteCandidateType: undefined,
  relayProtocol: undefined,
  localAddress: undefined,
  remoteAddress: undefined,
};

/** How media goes between two browsers, as the selected candidate pair says. */
export function pathOf(report: RTCStatsReport): ConnectionPath {
  const pair = selectedPairOf(report);
  const local = report.get(pair?.localCandidateId ?? '') as CandidateStat | undefined;
  const remote = report.get(pair?.remoteCandidateId ?? '') as CandidateStat | undefined;
  if (pair === undefined || local === undefined) return NO_PATH;
  // A relay of the other side's is seen here only as the remote candidate.
  const isRelayed = local.candidateType === 'relay' || remote?.candidateType === 'relay';
  return {
    kind: isRelayed ? 'relayed' : 'direct',
    protocol: oneOf(local.protocol, ['udp', 'tcp']),
    localCandidateType: candidateTypeOf(local),
    remoteCandidateType: candidateTypeOf(remote),
    relayProtocol:
      local.candidateType === 'relay' ? oneOf(local.relayProtocol, ['udp', 'tcp', 'tls']) : undefined,
    localAddress: addressOf(local),
    remoteAddress: addressOf(remote),
  };
}

function candidateTypeOf(candidate: CandidateStat | undefined): CandidateType | undefined {
  return oneOf(candidate?.candidateType, ['host', 'srflx', 'prflx', 'relay']);
}

/** Browsers leave the address out where the page must not know it. */
function addressOf(candidate: CandidateStat | undefined): string | undefined {
  return candidate?.address === null || candidate?.address === '' ? undefined : candidate?.address;
}

function oneOf<Word extends string>(word: string | undefined, words: readonly Word[]): Word | undefined {
  return words.find((known) => known === word);
}
