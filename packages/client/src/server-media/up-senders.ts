import type { VideoCodec } from '../api/room.js';
import type { SentTrack } from '../mesh/mesh-host.js';
import { activeEncodings, planDegradation, planEncodings } from './encoding-plan.js';
import type { EncodedTrack } from './encoding-plan.js';

interface Sender {
  readonly transceiver: RTCRtpTransceiver;
  readonly sent: SentTrack;
}

/** The local tracks in one up connection: which transceiver sends which, and in which encodings. */
export class UpSenders {
  readonly #connection: RTCPeerConnection;
  readonly #codec: VideoCodec;
  readonly #wantedRids: (trackId: string) => readonly string[] | undefined;
  readonly #senders = new Map<string, Sender>();
  /** Those that send no more and wait for their m-section to be ended. */
  readonly #retired = new Set<RTCRtpTransceiver>();
  #settings: Promise<void> = Promise.resolve();

  /** @param wantedRids the encodings of a track that are wanted; undefined: all */
  constructor(
    connection: RTCPeerConnection,
    codec: VideoCodec,
    wantedRids: (trackId: string) => readonly string[] | undefined,
  ) {
    this.#connection = connection;
    this.#codec = availableCodec(codec);
    this.#wantedRids = wantedRids;
  }

  /** Begins to send; a track that has no media yet takes part in nothing until `replace` gives it some. */
  add(sent: SentTrack): void {
    const { track, trackId } = sent;
    if (track === null || this.#senders.has(trackId)) return;
    this.#endRetired();
    this.#senders.set(trackId, { sent, transceiver: this.#addTransceiver(sent, track) });
  }

  /** Other media in the same place, or none for now; no negotiation. */
  async replace(sent: SentTrack): Promise<void> {
    const transceiver = this.#senders.get(sent.trackId)?.transceiver;
    if (transceiver === undefined) {
      this.add(sent);
      return;
    }
    this.#senders.set(sent.trackId, { sent, transceiver });
    try {
      await transceiver.sender.replaceTrack(sent.track);
      this.apply();
    } catch (error) {
      if (this.#connection.signalingState === 'closed') return;
      if (!(error instanceof DOMException) || error.name !== 'InvalidModificationError') throw error;
      // This media needs another encoder: negotiate anew.
      this.remove(sent.trackId);
      this.add(sent);
    }
  }

  remove(trackId: string): void {
    const transceiver = this.#senders.get(trackId)?.transceiver;
    if (transceiver === undefined) return;
    this.#senders.delete(trackId);
    this.#connection.removeTrack(transceiver.sender);
    transceiver.direction = 'inactive';
    this.#retired.add(transceiver);
    this.#endRetired();
  }

  /** Sets anew how everything is sent, one after the other: a browser takes no parameters while it sets others. */
  apply(): void {
    this.#settings = this.#settings.then(async () => {
      for (const sender of this.#senders.values()) await this.#applyTo(sender);
    });
  }

  /** What the browser refuses now is tried again after the next negotiation. */
  async #applyTo({ transceiver: { sender }, sent }: Sender): Promise<void> {
    if (sent.track === null || this.#connection.signalingState === 'closed') return;
    const parameters = sender.getParameters();
    const { encodings } = parameters;
    const before = JSON.stringify([encodings, parameters.degradationPreference]);
    const track = encodedTrack(sent, sent.track);
    const planned = planEncodings(track, this.#codec, encodings.length);
    const rids = encodings.map(({ rid }) => rid);
    const active = activeEncodings(rids, this.#wantedRids(sent.trackId));
    for (const [index, encoding] of encodings.entries()) {
      encoding.active = active[index] ?? true;
      const maxBitrate = planned[index]?.maxBitrate;
      if (maxBitrate !== undefined) encoding.maxBitrate = maxBitrate;
    }
    const degradation = planDegradation(track);
    if (degradation !== undefined) parameters.degradationPreference = degradation;
    if (JSON.stringify([encodings, parameters.degradationPreference]) === before) return;
    await sender.setParameters(parameters).catch(() => undefined);
  }

  #addTransceiver(sent: SentTrack, track: MediaStreamTrack): RTCRtpTransceiver {
    const sendEncodings = planEncodings(encodedTrack(sent, track), this.#codec);
    const init: RTCRtpTransceiverInit = { direction: 'sendonly', streams: [sent.stream] };
    let transceiver: RTCRtpTransceiver;
    try {
      transceiver = this.#connection.addTransceiver(track, { ...init, sendEncodings });
    } catch {
      // A browser without these layers, or without simulcast, sends one picture for all.
      transceiver = this.#connection.addTransceiver(track, init);
    }
    if (sent.kind === 'video') preferCodec(transceiver, this.#codec);
    return transceiver;
  }

  /**
   * Ends m-sections that have served, so that others can take their place in the SDP. They are not used again as they
   * are: Chromium 156 goes back to the first `msid` a sender had. The section whose transport all others share (RFC 8843
   * section 7.2.1) stays, or every one would connect anew; so does what has no section yet.
   */
  #endRetired(): void {
    const shared = /^a=group:BUNDLE (\S+)/m.exec(this.#connection.localDescription?.sdp ?? '')?.[1];
    for (const transceiver of this.#retired) {
      if (transceiver.mid === null || transceiver.mid === shared) continue;
      this.#retired.delete(transceiver);
      transceiver.stop();
    }
  }
}

function encodedTrack(sent: SentTrack, track: MediaStreamTrack): EncodedTrack {
  const { width, height } = track.getSettings();
  return { ...sent, width, height };
}

/** The codec itself where this browser can send it, VP8 (RFC 7742 section 5) where it cannot. */
function availableCodec(codec: VideoCodec): VideoCodec {
  const known = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  return known.some((one) => isCodec(one, codec)) ? codec : 'VP8';
}

function preferCodec(transceiver: RTCRtpTransceiver, codec: VideoCodec): void {
  const known = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  const preferred = known.filter((one) => isCodec(one, codec));
  const others = known.filter((one) => !preferred.includes(one));
  try {
    transceiver.setCodecPreferences([...preferred, ...others]);
  } catch {
    // Without it the browser's own order holds.
  }
}

function isCodec({ mimeType }: { readonly mimeType: string }, codec: VideoCodec): boolean {
  return mimeType.toLowerCase() === `video/${codec.toLowerCase()}`;
}
