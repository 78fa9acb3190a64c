import type { Participant as ParticipantInfo, TrackInfo } from '@madang/wire/room-state';
import { WireLimit } from '@madang/wire/limits';
import type { ConnectionStatistics } from '../api/connection.js';
import type { RemoteParticipant } from '../api/participant.js';
import type { RemoteTrackPublication, TrackSource } from '../api/track.js';
import { ReceivedTrack } from '../media/remote-track.js';
import { noStatistics } from '../stats/connection-statistics.js';
import { Person } from './person.js';
import { RemotePublication } from './remote-publication.js';

/** Media that came before the room was told what it is, or while it is played. */
interface Media {
  readonly track: MediaStreamTrack;
  readonly receiver: RTCRtpReceiver;
}

/** Somebody else: joins what the server tells of their tracks to the media that arrives from them. */
export class RemotePerson extends Person implements RemoteParticipant {
  readonly isLocal = false;
  connection: ConnectionStatistics = noStatistics('new');
  #publications: readonly RemotePublication[] = [];
  readonly #media = new Map<string, Media>();
  /** Ids of tracks whose video is not sent because others have spoken since. */
  readonly #withheld = new Set<string>();
  #volume = 1;

  get publications(): readonly RemoteTrackPublication[] {
    return this.#publications;
  }

  publication(source: TrackSource): RemoteTrackPublication | undefined {
    return this.#publications.find((one) => one.source === source);
  }

  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    for (const { track } of this.#publications) track?.setVolume(this.#volume);
  }

  /** The tracks that are heard, for those who measure loudness. */
  get audioReceivers(): readonly RTCRtpReceiver[] {
    const heard = this.#publications.filter(({ source, muted }) => source === 'microphone' && !muted);
    return heard.flatMap(({ trackId }) => this.#media.get(trackId)?.receiver ?? []);
  }

  /** What the server says now; says the differences. */
  update(info: ParticipantInfo): void {
    this.take(info, () => {
      // A track that was published anew as something else in the meantime is another one.
      const gone = this.#publications.filter(
        ({ trackId, kind, source }) =>
          !info.tracks.some((one) => one.trackId === trackId && one.kind === kind && one.source === source),
      );
      for (const publication of gone) this.#unpublish(publication);
      for (const track of info.tracks) this.#announce(track);
    });
  }

  mediaArrived(trackId: string, track: MediaStreamTrack, receiver: RTCRtpReceiver): void {
    if (!this.#media.has(trackId) && this.#media.size >= WireLimit.tracksPerParticipant) return;
    const publication = this.#publications.find((one) => one.trackId === trackId);
    if (publication) this.#unsubscribe(publication);
    this.#media.set(trackId, { track, receiver });
    if (publication) this.#subscribe(publication);
  }

  /** A track has ended, unless another one has taken its place already. */
  mediaEnded(trackId: string, track: MediaStreamTrack): void {
    if (this.#media.get(trackId)?.track !== track) return;
    const publication = this.#publications.find((one) => one.trackId === trackId);
    if (publication) this.#unsubscribe(publication);
    this.#media.delete(trackId);
  }

  /** Video is withheld because others have spoken since, or no more. */
  setWithheld(trackId: string, isWithheld: boolean): void {
    if (isWithheld === this.#withheld.has(trackId)) return;
    if (!isWithheld) this.#withheld.delete(trackId);
    else if (this.#withheld.size < WireLimit.tracksPerParticipant) this.#withheld.add(trackId);
    const publication = this.#publications.find((one) => one.trackId === trackId);
    if (publication === undefined) return;
    publication.withheld = isWithheld;
    this.context.emit(isWithheld ? 'trackWithheld' : 'trackReleased', publication, this);
  }

  /** Ends everything of this one. */
  gone(): void {
    for (const publication of this.#publications) this.#unpublish(publication);
    this.#media.clear();
    this.connection = noStatistics('closed');
    this.speaking = false;
    this.audioLevel = 0;
  }

  #announce(info: TrackInfo): void {
    const known = this.#publications.find(({ trackId }) => trackId === info.trackId);
    if (known === undefined) {
      const { trackId } = info;
      const publication = new RemotePublication(info, this.#withheld.has(trackId), (wanted) => {
        this.context.media.want(this.participantId, trackId, wanted);
      });
      this.#publications = [...this.#publications, publication];
      this.context.emit('trackPublished', publication, this);
      this.#subscribe(publication);
      return;
    }
    known.label = info.label;
    if (known.muted === info.muted) return;
    known.muted = info.muted;
    this.context.emit(info.muted ? 'trackMuted' : 'trackUnmuted', known, this);
  }

  #unpublish(publication: RemotePublication): void {
    this.#unsubscribe(publication);
    this.#publications = this.#publications.filter((one) => one !== publication);
    this.context.emit('trackUnpublished', publication, this);
  }

  #subscribe(publication: RemotePublication): void {
    const media = this.#media.get(publication.trackId);
    // What was announced as sound must not be played as a picture, or the other way round.
    if (media === undefined || media.track.kind !== publication.kind) return;
    publication.repeatWanted();
    const track = new ReceivedTrack(publication, media.track, this.context.playback, (wanted) => {
      publication.setShown(wanted);
    });
    track.setVolume(this.#volume);
    publication.track = track;
    this.context.emit('trackSubscribed', track, this);
  }

  #unsubscribe(publication: RemotePublication): void {
    const { track } = publication;
    if (track === undefined) return;
    publication.track = undefined;
    // Before it is detached: a listener that calls `detach` itself learns which elements it was in.
    this.context.emit('trackUnsubscribed', track, this);
    track.end();
    if (publication.withheld) publication.forgetShown();
  }
}
