/// <reference lib="dom" />
// Functions that run inside the browser: each is sent there as text and may use nothing from outside itself.

/** What the media elements of a page play. */
export interface Played {
  /** How often the picture changed within the second, for each video that has a size. */
  readonly changes: number[];
  /** Loudest sample of the second, 0 to 1, for each element with sound. */
  readonly peaks: number[];
}

/** Watches for a second what the page plays. */
export async function watchMedia(): Promise<Played> {
  const elements = [...document.querySelectorAll<HTMLMediaElement>('video, audio')];
  const context = new AudioContext();
  await context.resume();
  const analysers = elements
    .map((element) => element.srcObject as MediaStream | null)
    .filter((stream) => stream !== null && stream.getAudioTracks().length > 0)
    .map((stream) => {
      const analyser = new AnalyserNode(context, { fftSize: 2048 });
      context.createMediaStreamSource(stream!).connect(analyser);
      return analyser;
    });
  const videos = elements.filter((element) => element instanceof HTMLVideoElement && element.videoWidth > 0);
  const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 32 });
  const painter = canvas.getContext('2d', { willReadFrequently: true })!;
  const pictures = videos.map(() => '');
  const changes = videos.map(() => -1);
  const peaks = analysers.map(() => 0);
  const samples = new Float32Array(2048);
  for (const end = performance.now() + 1200; performance.now() < end;) {
    videos.forEach((video, index) => {
      painter.drawImage(video as HTMLVideoElement, 0, 0, 32, 32);
      const picture = painter.getImageData(0, 0, 32, 32).data.join();
      if (picture !== pictures[index]) changes[index]! += 1;
      pictures[index] = picture;
    });
    analysers.forEach((analyser, index) => {
      analyser.getFloatTimeDomainData(samples);
      peaks[index] = samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), peaks[index]!);
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await context.close();
  return { changes, peaks };
}

/** Counts how often the page asks for devices, in `window.deviceRequests`. */
export function countDeviceRequests(): void {
  const page = window as unknown as { deviceRequests: number };
  page.deviceRequests = 0;
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) => {
    page.deviceRequests += 1;
    return original(constraints);
  };
}

/** Remembers the page's connections, in `window.connections`. */
export function recordConnections(): void {
  const page = window as unknown as { connections: RTCPeerConnection[] };
  page.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      page.connections.push(this);
    }
  };
}

/** What the remembered connections send and receive, for the message of a failure. */
export async function describeConnections(): Promise<string> {
  const { connections } = window as unknown as { connections: RTCPeerConnection[] };
  const described = connections.map(async (connection) => {
    const report = (await connection.getStats()) as unknown as Map<string, Record<string, unknown>>;
    const streams = [...report.values()].filter(({ type }) => /^(?:in|out)bound-rtp$/.test(`${type}`));
    return {
      states: [connection.connectionState, connection.iceConnectionState, connection.signalingState],
      streams: streams.map((one) => [
        one['type'],
        one['kind'],
        one['packetsSent'] ?? one['packetsReceived'],
        one['framesEncoded'] ?? one['framesDecoded'],
      ]),
    };
  });
  return JSON.stringify(await Promise.all(described));
}
