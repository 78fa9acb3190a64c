/// <reference lib="dom" />
// Runs in the page: one end of a call with a data channel. The driver carries descriptions and candidates.

/** What the driver calls, as `globalThis.call`. */
export interface CallPage {
  /** Makes the connection and, on the calling side, the channel; resolves with the offer there. */
  offer(iceServers: RTCIceServer[]): Promise<RTCSessionDescriptionInit>;
  answer(iceServers: RTCIceServer[], offer: RTCSessionDescriptionInit): Promise<RTCSessionDescriptionInit>;
  accept(answer: RTCSessionDescriptionInit): Promise<void>;
  addCandidate(candidate: RTCIceCandidateInit): Promise<void>;
  /** Resolves with the milliseconds from the remote description to the echo; undefined when none came in time. */
  echoed(timeoutMs: number): Promise<number | undefined>;
  /** The selected pair now. */
  path(): Promise<SelectedPath | undefined>;
}

/** One side's view of the candidate pair in use. */
export interface SelectedPath {
  readonly local: RTCIceCandidateType;
  readonly remote: RTCIceCandidateType;
  readonly address: string | null;
  readonly protocol: string | null;
  /** Transport to the TURN server when the local candidate is a relay. */
  readonly relayProtocol?: string;
}

declare global {
  // The driver's side of trickle ICE, bound by Playwright.
  var sendCandidate: (candidate: RTCIceCandidateInit) => Promise<void>;
  var call: CallPage;
}

let connection: RTCPeerConnection;
let describedAt = 0;
let echoAfterMs: number | undefined;
const early: RTCIceCandidateInit[] = [];

function connect(iceServers: RTCIceServer[]): void {
  connection = new RTCPeerConnection({ iceServers });
  connection.onicecandidate = ({ candidate }) => {
    if (candidate !== null && candidate.candidate !== '') void sendCandidate(candidate.toJSON());
  };
  connection.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => {
      channel.send(data as string);
      echoAfterMs ??= performance.now() - describedAt;
    };
  };
}

async function describe(description: RTCSessionDescriptionInit): Promise<void> {
  describedAt = performance.now();
  await connection.setRemoteDescription(description);
  for (const candidate of early.splice(0)) await connection.addIceCandidate(candidate);
}

globalThis.call = {
  async offer(iceServers) {
    connect(iceServers);
    const channel = connection.createDataChannel('laboratory');
    const question = crypto.randomUUID();
    channel.onopen = () => {
      // A call sends all the time, and ICE looks at where data arrives when it chooses among nominated pairs.
      setInterval(() => {
        if (channel.readyState === 'open') channel.send(question);
      }, 100);
      channel.send(question);
    };
    channel.onmessage = ({ data }) => {
      if (data === question) echoAfterMs ??= performance.now() - describedAt;
    };
    await connection.setLocalDescription();
    return connection.localDescription!.toJSON() as RTCSessionDescriptionInit;
  },

  async answer(iceServers, offer) {
    connect(iceServers);
    await describe(offer);
    await connection.setLocalDescription();
    return connection.localDescription!.toJSON() as RTCSessionDescriptionInit;
  },

  accept: describe,

  async addCandidate(candidate) {
    if (connection?.remoteDescription) await connection.addIceCandidate(candidate);
    else early.push(candidate);
  },

  async echoed(timeoutMs) {
    const deadline = performance.now() + timeoutMs;
    while (echoAfterMs === undefined && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return echoAfterMs;
  },

  async path() {
    const stats = await connection.getStats();
    for (const transport of stats.values() as Iterable<{ type: string; selectedCandidatePairId?: string }>) {
      if (transport.type !== 'transport' || transport.selectedCandidatePairId === undefined) continue;
      const pair = stats.get(transport.selectedCandidatePairId) as RTCIceCandidatePairStats;
      const local = stats.get(pair.localCandidateId) as CandidateStats;
      const remote = stats.get(pair.remoteCandidateId) as CandidateStats;
      return {
        local: local.candidateType,
        remote: remote.candidateType,
        address: local.address,
        protocol: local.protocol,
        ...(local.relayProtocol === undefined ? {} : { relayProtocol: local.relayProtocol }),
      };
    }
    return undefined;
  },
};

interface CandidateStats {
  readonly candidateType: RTCIceCandidateType;
  readonly address: string | null;
  readonly protocol: string | null;
  readonly relayProtocol?: string;
}
