/// <reference lib="dom" />
// Runs in the page: one end of a call with video and audio. The driver carries descriptions and candidates.
import type { MediaSummary } from './received-media.js';
import { ReceivedMedia } from './received-media.js';

/** What the driver calls, as `globalThis.call`. */
export interface CallPage {
  offer(iceServers: RTCIceServer[]): Promise<RTCSessionDescriptionInit>;
  answer(iceServers: RTCIceServer[], offer: RTCSessionDescriptionInit): Promise<RTCSessionDescriptionInit>;
  accept(answer: RTCSessionDescriptionInit): Promise<void>;
  addCandidate(candidate: RTCIceCandidateInit): Promise<void>;
  look(): Promise<SideResult>;
  beginGap(): void;
}

/** How a call is going at one side. Times are from when this side got the remote description. */
export interface SideResult {
  readonly state: string;
  readonly connectedAfterMs: number | undefined;
  readonly firstFrameAfterMs: number | undefined;
  readonly path: SelectedPath | undefined;
  readonly media: MediaSummary;
}

/** One side's view of the candidate pair in use. */
export interface SelectedPath {
  readonly local: string | undefined;
  readonly remote: string | undefined;
  readonly protocol: string | undefined;
  /** Transport to the TURN server when the local candidate is a relay. */
  readonly relayProtocol: string | undefined;
}

declare global {
  // The driver's side of trickle ICE, bound by Playwright.
  var sendCandidate: (candidate: RTCIceCandidateInit) => Promise<void>;
  var call: CallPage;
}

let connection: RTCPeerConnection;
let describedAt = 0;
let connectedAt: number | undefined;
const early: RTCIceCandidateInit[] = [];
const media = new ReceivedMedia();

async function connect(iceServers: RTCIceServer[]): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  connection = new RTCPeerConnection({ iceServers });
  for (const track of stream.getTracks()) connection.addTrack(track, stream);
  connection.onicecandidate = ({ candidate }) => {
    if (candidate !== null && candidate.candidate !== '') void sendCandidate(candidate.toJSON());
  };
  connection.ontrack = ({ track }) => {
    media.watch(track);
  };
  connection.onconnectionstatechange = () => {
    if (connection.connectionState === 'connected') connectedAt ??= performance.now();
  };
}

async function describe(description: RTCSessionDescriptionInit): Promise<void> {
  describedAt = performance.now();
  await connection.setRemoteDescription(description);
  for (const candidate of early.splice(0)) await connection.addIceCandidate(candidate);
}

globalThis.call = {
  async offer(iceServers) {
    await connect(iceServers);
    await connection.setLocalDescription();
    return connection.localDescription!.toJSON() as RTCSessionDescriptionInit;
  },

  async answer(iceServers, offer) {
    await connect(iceServers);
    await describe(offer);
    await connection.setLocalDescription();
    return connection.localDescription!.toJSON() as RTCSessionDescriptionInit;
  },

  accept: describe,

  async addCandidate(candidate) {
    if (connection?.remoteDescription) await connection.addIceCandidate(candidate);
    else early.push(candidate);
  },

  async look() {
    const summary = media.summary();
    const after = (at: number | undefined) => (at === undefined ? undefined : at - describedAt);
    return {
      state: connection.connectionState,
      connectedAfterMs: after(connectedAt),
      firstFrameAfterMs: after(summary.firstFrameAtMs),
      path: selectedPath(await connection.getStats()),
      media: summary,
    };
  },

  beginGap() {
    media.beginGap();
  },
};

function selectedPath(stats: RTCStatsReport): SelectedPath | undefined {
  for (const transport of stats.values() as Iterable<{ type: string; selectedCandidatePairId?: string }>) {
    if (transport.type !== 'transport' || transport.selectedCandidatePairId === undefined) continue;
    const pair = stats.get(transport.selectedCandidatePairId) as RTCIceCandidatePairStats;
    const local = stats.get(pair.localCandidateId) as CandidateStats;
    const remote = stats.get(pair.remoteCandidateId) as CandidateStats;
    return {
      local: local.candidateType,
      remote: remote.candidateType,
      protocol: local.protocol,
      relayProtocol: local.relayProtocol,
    };
  }
  return undefined;
}

interface CandidateStats {
  readonly candidateType: string;
  readonly protocol: string;
  readonly relayProtocol?: string;
}
