import type { Participant as ParticipantInfo } from '@madang/wire/room-state';
import { NetworkError, UsageError } from '../api/errors.js';
import type { LocalParticipant } from '../api/participant.js';
import type {
  CameraOptions,
  LocalTrack,
  LocalTrackPublication,
  MicrophoneOptions,
  ScreenShareOptions,
  TrackSource,
} from '../api/track.js';
import { CapturedTrack, wrapTrack } from '../media/local-track.js';
import { captureCamera, captureMicrophone, captureScreen } from '../media/capture.js';
import type { SentTrack } from '../mesh/mesh-host.js';
import { InTurn } from './in-turn.js';
import { LocalPublication } from './local-publication.js';
import { Person } from './person.js';
import type { AnsweredBody } from '../signaling/request-body.js';

/** This client: what it captures, sends and tells the room. */
export class LocalPerson extends Person implements LocalParticipant {
  readonly isLocal = true;
  #publications: readonly LocalPublication[] = [];
  /** Tracks whose device is freed when they are no longer sent: all but the application's own `MediaStreamTrack`s. */
  readonly #captured = new Set<CapturedTrack>();
  readonly #stopListening = new Map<LocalPublication, () => void>();
  /** Of what is captured, not of what the server is told: a mute must not wait until the server is there again. */
  readonly #inTurn = new InTurn<TrackSource>();
  #isClosed = false;

  get publications(): readonly LocalPublication[] {
    return this.#publications;
  }

  publication(source: TrackSource): LocalPublication | undefined {
    return this.#publications.find((one) => one.source === source);
  }

  get cameraEnabled(): boolean {
    return this.#sends('camera');
  }

  get microphoneEnabled(): boolean {
    return this.#sends('microphone');
  }

  get screenShareEnabled(): boolean {
    return this.#sends('screen');
  }

  setCameraEnabled(enabled: boolean, options: CameraOptions = {}): Promise<void> {
    return this.#takeTurn('camera', () => this.#setEnabled('camera', enabled, () => captureCamera(options)));
  }

  setMicrophoneEnabled(
    enabled: boolean,
    options: MicrophoneOptions & { free?: boolean } = {},
  ): Promise<void> {
    const { free = false, ...constraints } = options;
    return this.#takeTurn('microphone', () =>
      this.#setEnabled('microphone', enabled, () => captureMicrophone(constraints), free),
    );
  }

  setScreenShareEnabled(enabled: boolean, options: ScreenShareOptions = {}): Promise<void> {
    return this.#takeTurn('screen', async () => {
      if (!enabled) return [this.#endScreenShare()];
      if (this.screenShareEnabled) return [];
      this.#mayPublish();
      return this.#publishCaptured(await captureScreen(options));
    });
  }

  async setDevice(kind: 'camera' | 'microphone' | 'speaker', deviceId: string): Promise<void> {
    if (kind === 'speaker') return this.context.playback.setSpeaker(deviceId);
    const publication = this.publication(kind);
    if (publication === undefined) return;
    await this.#inTurn.run(kind, () => publication.track.setDevice(deviceId));
  }

  async publish(
    track: LocalTrack | MediaStreamTrack,
    options: { source?: TrackSource } = {},
  ): Promise<LocalTrackPublication> {
    this.#mayPublish();
    const published = this.#publications.find(
      (one) => one.track === track || one.track.mediaStreamTrack === track,
    );
    if (published) return published;
    const own =
      track instanceof CapturedTrack
        ? track
        : wrapTrack(track as MediaStreamTrack, options.source ?? 'other');
    if (own === track) this.#captured.add(own);
    return this.#publish(own, options.source ?? own.source);
  }

  async unpublish(publication: LocalTrackPublication): Promise<void> {
    const own = this.#publications.find((one) => one === publication);
    if (own === undefined) return;
    this.#forget(own);
    await this.#request({ type: 'unpublish', trackId: own.trackId });
  }

  setHandRaised(raised: boolean): Promise<void> {
    return this.context.request({ type: 'raiseHand', raised });
  }

  /** What the server says now. Who has become a viewer sends no more. */
  update(info: ParticipantInfo): void {
    this.take(info, () => {
      if (info.role === 'viewer') for (const publication of this.#publications) this.#forget(publication);
    });
  }

  /** The session is a new one, as somebody else: that room knows nothing of what is sent here. */
  rejoined(info: ParticipantInfo): void {
    const { handRaised } = this;
    this.update({ ...info, handRaised });
    if (handRaised) this.setHandRaised(true).catch(() => undefined); // The next session raises it again.
    for (const publication of this.#publications) {
      this.context.media.publish(sentTrack(publication));
      this.#announce(publication).catch((error: unknown) => {
        this.context.emit('error', error as Error);
      });
    }
  }

  /** Ends what was captured here. */
  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stopListening.values()) stop();
    this.#stopListening.clear();
    for (const track of this.#captured) track.stop();
    this.#captured.clear();
    this.#publications = [];
  }

  #sends(source: TrackSource): boolean {
    const publication = this.publication(source);
    return publication !== undefined && !publication.muted;
  }

  /** Runs `work` after what was asked of the source before; what it tells the server is awaited outside of the turn. */
  async #takeTurn(source: TrackSource, work: () => Promise<readonly Promise<unknown>[]>): Promise<void> {
    await Promise.all(await this.#inTurn.run(source, work));
  }

  #mayPublish(): void {
    if (this.#isClosed) {
      throw new NetworkError('notConnected', 'The room is over for this client. Connect again.');
    }
    if (this.role !== 'viewer') return;
    throw new UsageError(
      'viewerCannotPublish',
      'Viewers only receive. Ask a host to make you a member, or join with another token.',
    );
  }

  async #setEnabled(
    source: 'camera' | 'microphone',
    enabled: boolean,
    capture: () => Promise<CapturedTrack>,
    free = source === 'camera',
  ): Promise<readonly Promise<unknown>[]> {
    const publication = this.publication(source);
    if (publication === undefined) {
      if (!enabled) return [];
      this.#mayPublish();
      return this.#publishCaptured([await capture()]);
    }
    if (enabled !== publication.muted) return [];
    if (enabled) {
      await publication.track.enable();
      this.#mayPublish();
    } else publication.track.disable({ free });
    // While the device was opened, the track may have been unpublished.
    const isOvertaken = publication.muted === enabled || !this.#publications.includes(publication);
    return isOvertaken ? [] : [this.#tell(publication)];
  }

  /** While the person was asked, the room may have been left, or this one been made a viewer: the devices are freed. */
  #publishCaptured(tracks: readonly CapturedTrack[]): readonly Promise<unknown>[] {
    try {
      this.#mayPublish();
    } catch (error) {
      for (const track of tracks) track.stop();
      throw error;
    }
    for (const track of tracks) this.#captured.add(track);
    return tracks.map((track) => this.#publish(track, track.source));
  }

  async #publish(track: CapturedTrack, source: TrackSource): Promise<LocalPublication> {
    const publication = new LocalPublication(track, source);
    this.#publications = [...this.#publications, publication];
    const stops = [
      track.on('replaced', (mediaStreamTrack) => {
        void this.context.media.replace(publication.trackId, mediaStreamTrack ?? null);
      }),
      track.on('ended', () => {
        this.#ended(publication);
      }),
    ];
    this.#stopListening.set(publication, () => {
      for (const stop of stops) stop();
    });
    this.context.media.publish(sentTrack(publication));
    this.context.emit('localTrackPublished', publication);
    await this.#announce(publication);
    return publication;
  }

  /** What the room must not know of is not sent either. */
  async #announce(publication: LocalPublication): Promise<void> {
    try {
      await this.#request({ type: 'publish', track: publication.info });
    } catch (error) {
      this.#forget(publication);
      throw error;
    }
  }

  /** A session that is given up takes requests with it; while the room goes on, `announceAll` tells the next one. */
  async #request(request: AnsweredBody): Promise<void> {
    try {
      await this.context.request(request);
    } catch (error) {
      if (this.#isClosed || !(error instanceof NetworkError)) throw error;
    }
  }

  async #tell(publication: LocalPublication): Promise<void> {
    this.context.emit(publication.muted ? 'trackMuted' : 'trackUnmuted', publication, this);
    await this.#request({ type: 'publish', track: publication.info });
  }

  /** A device was unplugged and nothing could take its place, or the browser's own button ended the sharing. */
  #ended(publication: LocalPublication): void {
    const { source } = publication;
    const isDevice = source === 'camera' || source === 'microphone';
    const told = isDevice ? this.#tell(publication) : this.#unpublishWithSound(publication);
    told.catch(() => undefined); // The session has ended: there is nobody to tell.
  }

  /** The sound of a screen goes with its picture. */
  async #unpublishWithSound(publication: LocalPublication): Promise<void> {
    if (publication.source === 'screen') await this.#endScreenShare();
    else await this.unpublish(publication);
  }

  async #endScreenShare(): Promise<void> {
    const shared = this.#publications.filter(({ source }) => source === 'screen' || source === 'screenAudio');
    await Promise.all(shared.map((publication) => this.unpublish(publication)));
  }

  #forget(publication: LocalPublication): void {
    if (!this.#publications.includes(publication)) return;
    this.#publications = this.#publications.filter((one) => one !== publication);
    this.#stopListening.get(publication)?.();
    this.#stopListening.delete(publication);
    this.context.media.unpublish(publication.trackId);
    if (this.#captured.delete(publication.track)) publication.track.stop();
    this.context.emit('localTrackUnpublished', publication);
  }
}

function sentTrack(publication: LocalPublication): SentTrack {
  const { trackId, kind, source, track } = publication;
  const { mediaStreamTrack } = track;
  const isMotion = mediaStreamTrack?.contentHint === 'motion';
  return {
    trackId,
    kind,
    source,
    stream: track.stream,
    track: mediaStreamTrack ?? null,
    ...(source === 'screen' && { contentHint: isMotion ? 'motion' : 'detail' }),
  };
}
