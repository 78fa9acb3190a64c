import type { Codec, ReceivedMedia, TrackKey } from './media-parameters.js';
import type { ReceivedStream } from './received-stream.js';
import type { Subscription } from './subscription.js';

/**
 * A track of a room: the streams its publisher sends of it and who is sent it. It is there as soon as either side knows
 * of it.
 */
export class PublishedTrack implements TrackKey {
  readonly participantId: string;
  readonly trackId: string;
  /** What the publisher's description says; undefined while nobody sends it. */
  media: ReceivedMedia | undefined;
  /** By encoding, lowest quality first; undefined until its first packet. */
  streams: (ReceivedStream | undefined)[] = [];
  readonly subscriptions: Subscription[] = [];

  constructor({ participantId, trackId }: TrackKey) {
    this.participantId = participantId;
    this.trackId = trackId;
  }

  /** A stream whose sender reports say where its publisher's clock stands; undefined before the first. */
  get referenceStream(): ReceivedStream | undefined {
    return this.streams.find((stream) => stream?.clock.isKnown);
  }

  /** The codec of a payload type its publisher uses. */
  codecOf(payloadType: number): Codec | undefined {
    return this.media?.codecs.find((codec) => codec.payloadType === payloadType);
  }

  /** The publisher has said where the timestamps of a stream lie on its clock. */
  noteSenderReport(stream: ReceivedStream, rtpTimestamp: number): void {
    const ntpMs = stream.clock.ntpMsOf(rtpTimestamp);
    for (const one of this.subscriptions) one.noteSenderReport(stream.encoding, ntpMs, rtpTimestamp);
  }

  /** A stream is no more: if the encoding comes again, it is another one. */
  forgetStream(stream: ReceivedStream): void {
    if (this.streams[stream.encoding] !== stream) return;
    this.streams[stream.encoding] = undefined;
    for (const one of this.subscriptions) one.forgetEncoding(stream.encoding);
  }

  /** Nobody sends it any more, or its publisher describes it anew (`media`). */
  describe(media: ReceivedMedia | undefined): void {
    this.media = media;
    for (const one of this.subscriptions) one.describedAnew();
  }
}
