import type { LevelMeter } from '../api/devices.js';
import type { LocalTrack, Track } from '../api/track.js';
import { releaseAudioContext, takeAudioContext } from './audio-context.js';
import { loudnessOf, rootMeanSquare } from './loudness.js';

/** Samples looked at: 43 ms at 48 kHz, longer than a period of any voice. */
const WINDOW = 2048;

/**
 * Measures how loud a track is. A meter of a local track follows it to another device, and shows silence while there is
 * none. It costs a little all the time: `stop` it.
 */
export function createLevelMeter(track: MediaStreamTrack | Track): LevelMeter {
  return 'mediaStreamTrack' in track ? new TrackMeter(track) : new StreamTrackMeter(track);
}

/** Measures one browser's track. */
class StreamTrackMeter implements LevelMeter {
  readonly #source: MediaStreamAudioSourceNode;
  readonly #analyser: AnalyserNode;
  readonly #samples = new Float32Array(WINDOW);
  #isStopped = false;

  constructor(track: MediaStreamTrack) {
    const context = takeAudioContext();
    try {
      this.#source = context.createMediaStreamSource(new MediaStream([track]));
      this.#analyser = new AnalyserNode(context, { fftSize: WINDOW });
      this.#source.connect(this.#analyser);
    } catch (error) {
      releaseAudioContext();
      throw error;
    }
  }

  get level(): number {
    if (this.#isStopped) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return loudnessOf(rootMeanSquare(this.#samples));
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#source.disconnect();
    releaseAudioContext();
  }
}

/** Measures a track whose browser's track may become another one. */
class TrackMeter implements LevelMeter {
  #meter: StreamTrackMeter | undefined;
  readonly #stopFollowing: () => void;

  constructor(track: Track) {
    this.#follow(track.mediaStreamTrack);
    this.#stopFollowing = isLocal(track)
      ? track.on('replaced', (replacement) => this.#follow(replacement))
      : () => undefined;
  }

  get level(): number {
    return this.#meter?.level ?? 0;
  }

  stop(): void {
    this.#stopFollowing();
    this.#follow(undefined);
  }

  #follow(track: MediaStreamTrack | undefined): void {
    this.#meter?.stop();
    this.#meter = undefined;
    if (track?.kind !== 'audio') return;
    try {
      this.#meter = new StreamTrackMeter(track);
    } catch {
      // Firefox measures no microphone whose sample rate is not the speaker's. A meter must not break a call.
    }
  }
}

function isLocal(track: Track): track is LocalTrack {
  return 'on' in track;
}
