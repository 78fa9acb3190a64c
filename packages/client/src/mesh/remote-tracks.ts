import { WireLimit } from '@madang/wire/limits';

/** What a link tells about tracks of its participant. */
export interface RemoteTrackListener {
  onTrack(trackId: string, track: MediaStreamTrack, receiver: RTCRtpReceiver): void;
  onTrackEnded(trackId: string, track: MediaStreamTrack): void;
}

interface Received {
  readonly track: MediaStreamTrack;
  readonly generation: number;
}

/**
 * The tracks a participant sends, over all RTCPeerConnections the two have had. A track that comes again in the next
 * one is no end and a beginning but a replacement, so a picture stays where it is.
 */
export class RemoteTracks {
  readonly #listener: RemoteTrackListener;
  readonly #received = new Map<string, Received>();

  constructor(listener: RemoteTrackListener) {
    this.#listener = listener;
  }

  /** Takes what an RTCPeerConnection receives from now on. */
  watch(connection: RTCPeerConnection, generation: number): void {
    connection.addEventListener('track', ({ streams, track, receiver }) => {
      const [stream] = streams;
      // A sender names its track by the stream; without one nobody could tell which of its tracks this is.
      if (stream === undefined || stream.id.length > WireLimit.identifier) return;
      if (this.#add(stream.id, { track, generation })) this.#listener.onTrack(stream.id, track, receiver);
      stream.onremovetrack = (event) => this.#remove(stream.id, event.track);
    });
  }

  /** Ends what came with RTCPeerConnections before `generation` and has not come again. */
  endBefore(generation: number): void {
    for (const [trackId, received] of [...this.#received])
      if (received.generation < generation) this.#remove(trackId, received.track);
  }

  /** Answers whether the listener is to hear of it. */
  #add(trackId: string, received: Received): boolean {
    const known = this.#received.get(trackId);
    if (known?.track === received.track) return false;
    if (known === undefined && this.#received.size >= WireLimit.tracksPerParticipant) return false;
    // Within a connection the newest counts: its sender had to move to another m-section. A sound does not take the
    // place of a picture, should a client put both in one stream.
    const isOther = known?.generation === received.generation && known.track.kind !== received.track.kind;
    if (isOther && known.track.readyState === 'live') return false;
    this.#received.set(trackId, received);
    return true;
  }

  #remove(trackId: string, track: MediaStreamTrack): void {
    if (this.#received.get(trackId)?.track !== track) return;
    this.#received.delete(trackId);
    this.#listener.onTrackEnded(trackId, track);
  }
}
