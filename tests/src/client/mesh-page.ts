/// <reference lib="dom" />
// Runs in the browser: people whose meshes are wired to each other by function calls.
import { Mesh } from '@madang/client/mesh/mesh';
import type { MeshSignal, SentTrack } from '@madang/client/mesh/mesh-host';
import type { RelayedMessage } from '@madang/client/mesh/link';
import type { ConnectionState, DataMessage } from '@madang/client';

export type Colour = 'red' | 'lime' | 'blue' | 'yellow';

const RGB: Record<Colour, readonly [number, number, number]> = {
  red: [255, 0, 0],
  lime: [0, 255, 0],
  blue: [0, 0, 255],
  yellow: [255, 255, 0],
};

/** What was thrown where nobody catches it, a listener of the page's own included. */
export const uncaught: string[] = [];
window.addEventListener('error', ({ message }) => uncaught.push(message));
window.addEventListener('unhandledrejection', ({ reason }) => uncaught.push(String(reason)));

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits for something to become true; fails with `what` after ten seconds. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(20);
  }
}

/** Video of one colour that never stops moving. */
export function videoOf(colour: Colour): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = 160;
  canvas.height = 120;
  const context = canvas.getContext('2d')!;
  let count = 0;
  const draw = (): void => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 160, 120);
    context.fillStyle = 'white';
    context.fillRect(count++ % 160, 0, 4, 4);
  };
  draw();
  const timer = setInterval(draw, 50);
  const [track] = canvas.captureStream(20).getVideoTracks();
  track!.addEventListener('ended', () => clearInterval(timer));
  return track!;
}

export function tone(): MediaStreamTrack {
  const context = new AudioContext();
  const oscillator = context.createOscillator();
  const destination = context.createMediaStreamDestination();
  oscillator.connect(destination);
  oscillator.start();
  return destination.stream.getAudioTracks()[0]!;
}

export function sent(track: MediaStreamTrack | null, kind: 'audio' | 'video' = 'video'): SentTrack {
  const stream = new MediaStream();
  const source = kind === 'audio' ? 'microphone' : 'camera';
  return { trackId: stream.id, stream, kind, source, track };
}

/** Whether the middle of the newest frame is of this colour. */
function shows(video: HTMLVideoElement, colour: Colour): boolean {
  if (video.videoWidth === 0) return false;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d')!;
  context.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
  const { data } = context.getImageData(0, 0, 1, 1);
  return RGB[colour].every((value, index) => Math.abs(value - data[index]!) < 60);
}

/** Waits until a track shows frames of a colour. */
export async function seen(
  track: MediaStreamTrack | undefined,
  colour: Colour,
  limitMs?: number,
): Promise<void> {
  if (track === undefined) throw new Error(`no track that could be ${colour}`);
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  document.body.append(video);
  video.play().catch(() => undefined);
  await until(`a ${colour} frame`, () => shows(video, colour), limitMs);
  video.remove();
}

/** Bytes of audio or frames of video that came in. */
export async function received(connection: RTCPeerConnection, kind: 'audio' | 'video'): Promise<number> {
  const report = (await connection.getStats()) as unknown as Map<string, Record<string, unknown>>;
  const inbound = [...report.values()].filter(
    (entry) => entry['type'] === 'inbound-rtp' && entry['kind'] === kind,
  );
  const field = kind === 'audio' ? 'bytesReceived' : 'framesDecoded';
  return inbound.reduce((sum, entry) => sum + Number(entry[field] ?? 0), 0);
}

/** One participant with its mesh, and everything the mesh told. */
export class Person {
  readonly id: string;
  readonly mesh: Mesh;
  /** By sender and trackId. */
  readonly tracks = new Map<string, MediaStreamTrack>();
  readonly ended: string[] = [];
  readonly states: ConnectionState[] = [];
  readonly messages: DataMessage[] = [];

  constructor(yard: Yard, id: string) {
    this.id = id;
    this.mesh = new Mesh(
      {
        signal: (message) => yard.carry(id, message),
        onTrack: (from, trackId, track) => this.tracks.set(`${from}/${trackId}`, track),
        onTrackEnded: (from, trackId) => {
          if (yard.isOver) return;
          this.tracks.delete(`${from}/${trackId}`);
          this.ended.push(`${from}/${trackId}`);
        },
        onConnectionState: (_from, state) => !yard.isOver && this.states.push(state),
        onData: (message) => this.messages.push(message),
      },
      { localId: id, relayOnly: false, iceServers: [] },
    );
  }

  connectionTo(other: Person): RTCPeerConnection {
    for (const link of this.mesh.links()) if (link.participantId === other.id) return link.peerConnection;
    throw new Error(`${this.id} has no link to ${other.id}`);
  }

  stateOf(other: Person): ConnectionState | undefined {
    return [...this.mesh.links()].find(({ participantId }) => participantId === other.id)?.state;
  }

  from(other: Person, track: SentTrack): MediaStreamTrack | undefined {
    return this.tracks.get(`${other.id}/${track.trackId}`);
  }
}

/** Carries messages in order, a moment later, as a signaling server does. */
export class Yard {
  readonly people = new Map<string, Person>();
  /** What was carried: `a>b offer`. */
  readonly carried: string[] = [];
  /** After the end nothing is noted any more. */
  isOver = false;
  /** Changes a message or swallows it. */
  tamper: (from: string, message: MeshSignal) => MeshSignal | undefined = (_from, message) => message;

  person(id: string): Person {
    const person = new Person(this, id);
    this.people.set(id, person);
    return person;
  }

  carry(from: string, original: MeshSignal): void {
    const message = this.tamper(from, original);
    if (message === undefined) return;
    if (message.type !== 'candidate') this.carried.push(`${from}>${message.to} ${message.type}`);
    setTimeout(() => {
      const { to, ...rest } = message;
      this.people.get(to)?.mesh.handle({ ...rest, from, seq: 1 } as RelayedMessage);
    }, 2);
  }

  /** `newcomer` enters a room where the others are. */
  enter(newcomer: Person, ...present: Person[]): void {
    for (const other of present) {
      other.mesh.add(newcomer.id, 'newcomer');
      newcomer.mesh.add(other.id, 'present');
    }
  }

  /** Waits until nobody has anything to negotiate. */
  async quiet(): Promise<void> {
    const hasPaused = async (): Promise<boolean> => {
      const before = this.carried.length;
      await pause(1000);
      return this.carried.length === before;
    };
    await until('offers to cease', hasPaused, 20_000);
  }

  async connected(...pairs: [Person, Person][]): Promise<void> {
    await until('all are connected', () =>
      pairs.every(([a, b]) => a.stateOf(b) === 'connected' && b.stateOf(a) === 'connected'),
    );
  }

  end(): void {
    this.isOver = true;
    for (const { mesh } of this.people.values()) mesh.close();
  }
}
