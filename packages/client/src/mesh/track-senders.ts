import type { SentTrack } from './mesh-host.js';
import type { SendSettings } from './send-plan.js';

/** The local tracks in one RTCPeerConnection: which transceiver sends which. */
export class TrackSenders {
  readonly #connection: RTCPeerConnection;
  readonly #transceivers = new Map<string, RTCRtpTransceiver>();

  constructor(connection: RTCPeerConnection) {
    this.#connection = connection;
  }

  /** Begins to send; a track that has no media yet takes part in nothing until `replace` gives it some. */
  add(sent: SentTrack): void {
    const { track, stream, trackId } = sent;
    if (track === null || this.#transceivers.has(trackId)) return;
    const free = this.#findFree(sent.kind);
    if (free !== undefined) {
      free.sender.setStreams(stream);
      free.direction = free.direction === 'inactive' ? 'sendonly' : 'sendrecv';
      this.#transceivers.set(trackId, free);
      free.sender.replaceTrack(track).catch(reportError);
      return;
    }
    // Only what addTrack makes is matched to the m-sections of an offer that comes first (RFC 8829 section 5.10).
    const sender = this.#connection.addTrack(track, stream);
    const made = this.#connection.getTransceivers().find((transceiver) => transceiver.sender === sender);
    if (made !== undefined) this.#transceivers.set(trackId, made);
  }

  /** Other media in the same place, or none for now; no negotiation. */
  async replace(sent: SentTrack): Promise<void> {
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
    if (transceiver !== undefined && !isStopped(transceiver))
      this.#connection.removeTrack(transceiver.sender);
  }

  /** Makes the offer that follows ask for audio and video, so that what the other side sends comes with its answer. */
  offerToReceive(): void {
    for (const kind of ['audio', 'video'] as const) {
      const exists = this.#connection.getTransceivers().some(({ receiver }) => receiver.track.kind === kind);
      if (!exists) this.#connection.addTransceiver(kind, { direction: 'recvonly' });
    }
  }

  /** Sets how each track is sent. What the browser refuses now is tried again after the next negotiation. */
  async apply(settingsOf: (trackId: string) => SendSettings | undefined): Promise<void> {
    for (const [trackId, { sender }] of this.#transceivers) {
      const settings = settingsOf(trackId);
      if (settings === undefined || this.#connection.signalingState === 'closed') continue;
      const parameters = sender.getParameters();
      if (!change(parameters, settings)) continue;
      await sender.setParameters(parameters).catch(() => undefined);
    }
  }

  /**
   * A transceiver that sends nothing and that both sides know to send nothing: if the other side had not heard yet that
   * its track ended, it would take the next one for the same.
   */
  #findFree(kind: string): RTCRtpTransceiver | undefined {
    const taken = new Set(this.#transceivers.values());
    return this.#connection
      .getTransceivers()
      .find(
        (transceiver) =>
          !taken.has(transceiver) &&
          !isStopped(transceiver) &&
          transceiver.receiver.track.kind === kind &&
          transceiver.sender.track === null &&
          !sends(transceiver.direction) &&
          !sends(transceiver.currentDirection),
      );
  }
}

function isStopped(transceiver: RTCRtpTransceiver): boolean {
  return transceiver.direction === 'stopped' || transceiver.currentDirection === 'stopped';
}

function sends(direction: RTCRtpTransceiverDirection | null): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

/** Answers whether anything is different now. */
function change(parameters: RTCRtpSendParameters, settings: SendSettings): boolean {
  const encoding = parameters.encodings[0];
  if (encoding === undefined) return false;
  const before = JSON.stringify([encoding, parameters.degradationPreference]);
  encoding.maxBitrate = settings.maxBitrateBps;
  encoding.priority = settings.priority;
  if (settings.maxFramerate !== undefined) encoding.maxFramerate = settings.maxFramerate;
  if (settings.scaleResolutionDownBy !== undefined)
    encoding.scaleResolutionDownBy = settings.scaleResolutionDownBy;
  if (settings.degradationPreference !== undefined)
    parameters.degradationPreference = settings.degradationPreference;
  return JSON.stringify([encoding, parameters.degradationPreference]) !== before;
}
