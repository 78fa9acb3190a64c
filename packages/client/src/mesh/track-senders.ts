import type { SentTrack } from './mesh-host.js';
import type { SendSettings } from './send-plan.js';

/** The local tracks in one RTCPeerConnection: which transceiver sends which. */
export class TrackSenders {
  readonly #connection: RTCPeerConnection;
  readonly #transceivers = new Map<string, RTCRtpTransceiver>();
  /** Those that send no more. */
  readonly #retired = new Set<RTCRtpTransceiver>();
  /** Of these, those that have not come to send: `addTrack` would use them again. */
  readonly #unused = new Set<RTCRtpTransceiver>();
  /** Those whose video has begun to arrive, or should have. */
  readonly #begun = new WeakSet<RTCRtpTransceiver>();

  constructor(connection: RTCPeerConnection) {
    this.#connection = connection;
  }

  /** Begins to send; a track that has no media yet takes part in nothing until `replace` gives it some. */
  add(sent: SentTrack): void {
    const { track, stream, trackId } = sent;
    if (track === null || this.#transceivers.has(trackId)) return;
    this.#stopRetired();
    this.#transceivers.set(trackId, this.#addTrack(track, stream));
  }

  /** Other media in the same place, or none for now; no negotiation. */
  async replace(sent: SentTrack): Promise<void> {
    this.repair([sent]);
    const transceiver = this.#transceivers.get(sent.trackId);
    if (transceiver === undefined) {
      this.add(sent);
      return;
    }
    try {
      await transceiver.sender.replaceTrack(sent.track);
    } catch (error) {
      // This media needs another codec or encoder: negotiate anew.
      if (this.#connection.signalingState === 'closed') return;
      if (!(error instanceof DOMException) || error.name !== 'InvalidModificationError') throw error;
      this.remove(sent.trackId);
      this.add(sent);
    }
  }

  remove(trackId: string): void {
    const transceiver = this.#transceivers.get(trackId);
    this.#transceivers.delete(trackId);
    if (transceiver === undefined || isStopped(transceiver)) return;
    if (!sends(transceiver.currentDirection)) this.#unused.add(transceiver);
    this.#connection.removeTrack(transceiver.sender);
    this.#retired.add(transceiver);
    this.#stopRetired();
  }

  /** Sends anew what was to go through an m-section that the other side has ended in the same moment. */
  repair(tracks: Iterable<SentTrack>): void {
    for (const sent of tracks) {
      const transceiver = this.#transceivers.get(sent.trackId);
      if (transceiver === undefined || !isStopped(transceiver)) continue;
      this.#transceivers.delete(sent.trackId);
      this.add(sent);
    }
  }

  /** Makes the offer that follows ask for audio and video, so that what the other side sends comes with its answer. */
  offerToReceive(): void {
    for (const kind of ['audio', 'video'] as const) {
      const exists = this.#connection.getTransceivers().some(({ receiver }) => receiver.track.kind === kind);
      if (!exists) this.#connection.addTransceiver(kind, { direction: 'recvonly' });
    }
  }

  /** What is sent now has begun: from the next `apply` on it keeps to its limits. */
  begun(): void {
    for (const transceiver of this.#transceivers.values())
      if (sends(transceiver.currentDirection)) this.#begun.add(transceiver);
  }

  /**
   * Sets how each track is sent. What the browser refuses now is tried again after the next negotiation.
   *
   * Video begins without limits of bitrate and frame rate. Chromium 156, knowing either from the beginning, drops the
   * first frames as too large for the 300 kbit/s a connection starts with or as too early after the one before, and the
   * picture comes 30 to 100 ms later. What is sent in so short a time, that start bounds.
   */
  async apply(settingsOf: (trackId: string) => SendSettings | undefined): Promise<void> {
    for (const [trackId, transceiver] of this.#transceivers) {
      const { sender, receiver } = transceiver;
      const settings = settingsOf(trackId);
      if (settings === undefined || this.#connection.signalingState === 'closed') continue;
      const isLimited = receiver.track.kind === 'audio' || this.#begun.has(transceiver);
      const parameters = sender.getParameters();
      if (!change(parameters, isLimited ? settings : withoutLimits(settings))) continue;
      await sender.setParameters(parameters).catch(() => undefined);
    }
  }

  #addTrack(track: MediaStreamTrack, stream: MediaStream): RTCRtpTransceiver {
    // An offer on its way may name the old track there, and that name stays: an m-section keeps its `msid` (RFC 8829
    // section 5.2.2).
    const wouldReuse = [...this.#unused].some(({ receiver }) => receiver.track.kind === track.kind);
    if (wouldReuse) return this.#addTransceiver(track, stream);
    try {
      // Only what addTrack makes is matched to the m-sections of an offer that comes first (RFC 8829 section 5.10).
      const sender = this.#connection.addTrack(track, stream);
      const made = this.#connection.getTransceivers().find((transceiver) => transceiver.sender === sender);
      if (made !== undefined) return made;
    } catch (error) {
      // Chromium 156 would use a transceiver again that is about to stop; and the same track can be sent twice.
      if (!(error instanceof DOMException) || error.name !== 'InvalidAccessError') throw error;
    }
    return this.#addTransceiver(track, stream);
  }

  #addTransceiver(track: MediaStreamTrack, stream: MediaStream): RTCRtpTransceiver {
    return this.#connection.addTransceiver(track, { direction: 'sendrecv', streams: [stream] });
  }

  /**
   * Ends m-sections that have served, so that others can take their place in the SDP; one through which the other side
   * sends is left to it. They are not used again as they are: Chromium 156 goes back to the first `msid` a sender had.
   * The section whose transport all others share (RFC 8843 section 7.2.1) stays, or every one would connect anew. So does
   * what has no section yet: stopped, it would make Chromium 156 ask for one negotiation after the other for ever.
   */
  #stopRetired(): void {
    const shared = /^a=group:BUNDLE (\S+)/m.exec(this.#connection.localDescription?.sdp ?? '')?.[1];
    for (const transceiver of this.#retired) {
      const { mid, currentDirection } = transceiver;
      if (receives(currentDirection) || mid === null || mid === shared) continue;
      this.#retired.delete(transceiver);
      this.#unused.delete(transceiver);
      if (!isStopped(transceiver)) transceiver.stop();
    }
  }
}

function isStopped(transceiver: RTCRtpTransceiver): boolean {
  return transceiver.direction === 'stopped' || transceiver.currentDirection === 'stopped';
}

function receives(direction: RTCRtpTransceiverDirection | null): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

function sends(direction: RTCRtpTransceiverDirection | null): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

type Unlimited = Omit<SendSettings, 'maxBitrateBps' | 'maxFramerate'>;

function withoutLimits({
  maxBitrateBps: _bitrate,
  maxFramerate: _framerate,
  ...rest
}: SendSettings): Unlimited {
  return rest;
}

/** Answers whether anything is different now. */
function change(parameters: RTCRtpSendParameters, settings: Unlimited & Partial<SendSettings>): boolean {
  const encoding = parameters.encodings[0];
  if (encoding === undefined) return false;
  const before = JSON.stringify([encoding, parameters.degradationPreference]);
  if (settings.maxBitrateBps !== undefined) encoding.maxBitrate = settings.maxBitrateBps;
  encoding.priority = settings.priority;
  if (settings.maxFramerate !== undefined) encoding.maxFramerate = settings.maxFramerate;
  if (settings.scaleResolutionDownBy !== undefined)
    encoding.scaleResolutionDownBy = settings.scaleResolutionDownBy;
  if (settings.degradationPreference !== undefined)
    parameters.degradationPreference = settings.degradationPreference;
  return JSON.stringify([encoding, parameters.degradationPreference]) !== before;
}
