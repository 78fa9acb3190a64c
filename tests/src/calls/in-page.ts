/// <reference lib="dom" />
// Runs in the pages of the tests of calls: makes media whose content is known, and measures what arrives.
import { connect } from '@madang/client';
import type {
  ConnectOptions,
  LocalTrackPublication,
  RemoteParticipant,
  Room,
  TrackSource,
} from '@madang/client';

import { mediaCounts, noiseTrack } from './in-page-figures.js';

export { connect, mediaCounts };

export type Colour = readonly [red: number, green: number, blue: number];

/** A moving picture of one colour. A stripe moves, so that no encoder takes it for a still. */
export function colourTrack(colour: Colour, width = 320, height = 180): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d')!;
  let frame = 0;
  const draw = () => {
    context.fillStyle = `rgb(${colour.join(' ')})`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = 'white';
    context.fillRect((frame++ * 4) % width, height - 8, 8, 8);
  };
  draw();
  setInterval(draw, 66);
  return canvas.captureStream(15).getVideoTracks()[0]!;
}

/** A tone of one frequency. */
export function toneTrack(frequencyHz: number): MediaStreamTrack {
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, { frequency: frequencyHz });
  const destination = context.createMediaStreamDestination();
  oscillator.connect(new GainNode(context, { gain: 0.4 })).connect(destination);
  oscillator.start();
  return destination.stream.getAudioTracks()[0]!;
}

/** The colour in the middle of the next decoded frame, and how many frames were decoded while looking. */
export async function colourOf(track: MediaStreamTrack): Promise<{ colour: Colour; frames: number }> {
  const video = document.createElement('video');
  Object.assign(video, { muted: true, playsInline: true, srcObject: new MediaStream([track]) });
  await video.play();
  let frames = 0;
  const count = () => {
    frames++;
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback(count);
  await until(
    () => frames >= 5 || undefined,
    () => `only ${frames} frames were shown`,
    30_000,
  );
  const canvas = new OffscreenCanvas(8, 8);
  const context = canvas.getContext('2d')!;
  context.drawImage(video, 0, 0, 8, 8);
  const [red, green, blue] = context.getImageData(4, 3, 1, 1).data;
  video.srcObject = null;
  return { colour: [red!, green!, blue!], frames };
}

/** The loudest frequency of a track, averaged over some moments, and how far it stands out of the rest in dB. */
export async function toneOf(track: MediaStreamTrack): Promise<{ frequencyHz: number; aboveRestDb: number }> {
  // A received track flows into WebAudio only while an element plays it.
  const audio = new Audio();
  Object.assign(audio, { muted: true, srcObject: new MediaStream([track]) });
  await audio.play();
  const context = new AudioContext();
  await context.resume();
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0.5 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise((resolve) => setTimeout(resolve, 900));
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(spectrum);
  await context.close();
  audio.srcObject = null;
  const loudest = spectrum.indexOf(Math.max(...spectrum));
  const rest = [...spectrum].sort((a, b) => a - b)[Math.floor(spectrum.length / 2)]!;
  return { frequencyHz: (loudest * context.sampleRate) / 8192, aboveRestDb: spectrum[loudest]! - rest };
}

/** One participant under test. */
export class Caller {
  readonly room: Room;
  readonly told: string[] = [];
  /** Milliseconds between frames of each watched track: the longest so far, by `participantId`. */
  readonly gapMs = new Map<string, number>();
  readonly lastFrameAtMs = new Map<string, number>();

  constructor(room: Room) {
    this.room = room;
    room.on('stateChanged', (state) => this.told.push(`state ${state}`));
    room.on('disconnected', (reason) => this.told.push(`disconnected ${reason}`));
    room.on('participantJoined', ({ name }) => this.told.push(`joined ${name}`));
    room.on('participantLeft', ({ name }, reason) => this.told.push(`left ${name} ${reason}`));
    room.on('trackMuted', ({ source }, { name }) => this.told.push(`muted ${name} ${source}`));
    room.on('trackUnmuted', ({ source }, { name }) => this.told.push(`unmuted ${name} ${source}`));
    room.on('trackPublished', ({ source }, { name }) => this.told.push(`published ${name} ${source}`));
    room.on('trackUnpublished', ({ source }, { name }) => this.told.push(`unpublished ${name} ${source}`));
    room.on('chatReceived', ({ name, text }) => this.told.push(`chat ${name}: ${text}`));
    room.on('muteRequested', (by, kind) => this.told.push(`mute requested by ${by?.name} ${kind}`));
    room.on('error', (error) => this.told.push(`error ${error.message}`));
  }

  /** Publishes a track of known content. */
  publishColour(
    colour: Colour,
    source: TrackSource = 'camera',
    width = 320,
    height = 180,
  ): Promise<LocalTrackPublication> {
    return this.room.localParticipant.publish(colourTrack(colour, width, height), { source });
  }

  /** Publishes a picture of 720 lines that takes as many bits as it may. */
  publishNoise(colour: Colour): Promise<LocalTrackPublication> {
    return this.room.localParticipant.publish(noiseTrack(colour, 1280, 720), { source: 'camera' });
  }

  /** Shows somebody's camera in an element of this size, in place of the one before. */
  async show(name: string, width: number, height: number): Promise<void> {
    const track = (await this.named(name)).publication('camera')!.track!;
    for (const element of track.detach()) element.remove();
    const video = track.attach() as HTMLVideoElement;
    video.style.cssText = `position: fixed; top: 0; left: 0; width: ${width}px; height: ${height}px`;
    document.body.append(video);
  }

  /** Hides what `show` has shown. */
  async hide(name: string): Promise<void> {
    const track = (await this.named(name)).publication('camera')!.track!;
    for (const element of track.detach()) element.remove();
  }

  /** Waits until somebody's camera comes in pictures of this height; answers after how many milliseconds. */
  async height(name: string, height: number, timeoutMs = 20_000): Promise<number> {
    const participant = await this.named(name);
    const { trackId } = participant.publication('camera')!;
    const seen = () => participant.connection.received.find((one) => one.trackId === trackId)?.height;
    const before = performance.now();
    await until(
      () => seen() === height || undefined,
      () => `${name} comes in ${seen()} lines, not ${height}`,
      timeoutMs,
    );
    return performance.now() - before;
  }

  publishTone(frequencyHz: number): Promise<LocalTrackPublication> {
    return this.room.localParticipant.publish(toneTrack(frequencyHz), { source: 'microphone' });
  }

  async named(name: string): Promise<RemoteParticipant> {
    return until(() => this.room.participants.find((one) => one.name === name), `${name} is not in the room`);
  }

  /** The track of somebody, once it is here. */
  async trackOf(name: string, source: TrackSource): Promise<MediaStreamTrack> {
    const participant = await this.named(name);
    const find = () => participant.publication(source)?.track?.mediaStreamTrack;
    return until(find, `no ${source} of ${name} arrived; told: ${this.told.join(', ')}`);
  }

  async sees(name: string, source: TrackSource = 'camera'): Promise<{ colour: Colour; frames: number }> {
    return colourOf(await this.trackOf(name, source));
  }

  /** What is heard of somebody once a tone stands out, or after ten seconds: sound may begin later than its track. */
  async hears(name: string): Promise<{ frequencyHz: number; aboveRestDb: number }> {
    const track = await this.trackOf(name, 'microphone');
    const end = performance.now() + 10_000;
    for (;;) {
      const heard = await toneOf(track);
      if (heard.aboveRestDb > 25 || performance.now() > end) return heard;
    }
  }

  /** Waits until media of everybody comes by a path of this kind. */
  async goesBy(kind: RemoteParticipant['connection']['path']['kind']): Promise<void> {
    const kinds = () => this.room.participants.map(({ connection }) => connection.path.kind);
    await until(
      () => kinds().every((one) => one === kind) || undefined,
      () => `paths are ${kinds().join()}, not ${kind}`,
    );
  }

  /** Plays somebody's voice: only then does the browser count what is wrong with it. */
  async listen(name: string): Promise<void> {
    const audio = new Audio();
    audio.srcObject = new MediaStream([await this.trackOf(name, 'microphone')]);
    await audio.play();
  }

  /** Begins to note the longest time between two decoded frames of somebody's camera. */
  async watchGaps(name: string): Promise<void> {
    const video = document.createElement('video');
    Object.assign(video, { muted: true, srcObject: new MediaStream([await this.trackOf(name, 'camera')]) });
    await video.play();
    let last = performance.now();
    this.gapMs.set(name, 0);
    const frame = (now: number) => {
      this.gapMs.set(name, Math.max(this.gapMs.get(name)!, now - last));
      last = now;
      this.lastFrameAtMs.set(name, now);
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
  }

  /** The longest time since the last call (or `watchGaps`) between two decoded frames, the one before now included. */
  takeGap(name: string): number {
    const gap = Math.max(this.gapMs.get(name) ?? 0, performance.now() - (this.lastFrameAtMs.get(name) ?? 0));
    this.gapMs.set(name, 0);
    return gap;
  }

  async wasTold(what: string): Promise<void> {
    await until(
      () => this.told.includes(what) || undefined,
      `not told "${what}"; told: ${this.told.join(', ')}`,
    );
  }

  /** Waits until media flows between this client and `name`, and answers the path. */
  async path(name: string): Promise<RemoteParticipant['connection']['path']> {
    const participant = await this.named(name);
    await until(() => participant.connection.path.kind !== 'none' || undefined, `no path to ${name}`);
    return participant.connection.path;
  }
}

/** Enters a room of the server this page is from; `window.caller` is the participant. */
export async function join(options: ConnectOptions): Promise<Caller> {
  window.caller = new Caller(await connect(location.origin, options));
  return window.caller;
}

/** What `look` finds, once it finds something. */
export async function until<T>(
  look: () => T | undefined,
  failure: string | (() => string),
  timeoutMs = 20_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > end)
      throw new Error(`${typeof failure === 'string' ? failure : failure()} (after ${timeoutMs} ms)`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

declare global {
  interface Window {
    caller: Caller;
    lab: {
      readonly connect: typeof connect;
      readonly join: typeof join;
      readonly until: typeof until;
      readonly mediaCounts: typeof mediaCounts;
    };
  }
}
