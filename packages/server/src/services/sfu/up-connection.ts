import type { ReceivedMedia, RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import { newSessionId } from './transports.js';
import type { Transport, TransportOwner, Transports } from './transports.js';
import { writeUpAnswer } from './up-answer.js';
import { readUpOffer } from './up-offer.js';
import type { UpOffer, UpSection } from './up-offer.js';
import { refuse } from './session-description.js';
import type { Read } from './session-description.js';

/** The connection a participant sends on: it offers, the server answers. */
export class UpConnection {
  readonly #transports: Transports;
  readonly #owner: TransportOwner;
  #current: Current | undefined;
  /** Stays when the transport is lost, so that others keep their m-sections until the client has offered anew. */
  #sections: readonly UpSection[] = [];
  #told = '';

  constructor(transports: Transports, owner: Omit<TransportOwner, 'direction'>) {
    this.#transports = transports;
    this.#owner = { ...owner, direction: 'up' };
  }

  /** All m-sections of the last offer. */
  get sections(): readonly UpSection[] {
    return this.#sections;
  }

  /** Takes an offer and answers it. A refused one changes nothing. */
  handleOffer(worker: number, sdp: string): Read<{ answer: string }> {
    const read = readUpOffer(sdp);
    if (!read.ok) return read;
    const { offer } = read;
    const next = this.#match(worker, offer);
    if (!next.ok) return next;
    this.#current = next.current;
    this.#sections = offer.sections;
    const { transport, sessionId } = next.current;
    const origin = { sessionId, version: ++next.current.version };
    return { ok: true, answer: writeUpAnswer(offer, transport.local, origin) };
  }

  /** Tells the worker what to receive, if that is something else than before. */
  receive(media: readonly ReceivedMedia[]): void {
    if (this.#current === undefined) return;
    const { transport } = this.#current;
    const { transportId } = transport;
    const text = `${transportId} ${JSON.stringify(media)}`;
    if (text === this.#told) return;
    this.#told = text;
    this.#transports.command(transport, { kind: 'setReceived', transportId, media });
  }

  isOn(transport: Transport): boolean {
    return this.#current?.transport.transportId === transport.transportId;
  }

  /** The transport is gone; answers whether there was one. */
  lost(): boolean {
    if (this.#current === undefined) return false;
    this.#transports.forget(this.#current.transport);
    this.#current = undefined;
    return true;
  }

  close(): void {
    if (this.#current !== undefined) this.#transports.close(this.#current.transport);
    this.#current = undefined;
    this.#sections = [];
  }

  /** The transport an offer is for: the one there is, with new credentials maybe, or a new one. */
  #match(worker: number, offer: UpOffer): Read<{ current: Current }> {
    const { remote, sessionId: peerSessionId } = offer;
    const before = this.#current;
    if (before !== undefined) {
      const isSameIce = before.remote.iceUfrag === remote.iceUfrag && before.remote.icePwd === remote.icePwd;
      const isSameCertificate = fingerprintsOf(before.remote) === fingerprintsOf(remote);
      const isSamePeer = before.peerSessionId === peerSessionId && isSameCertificate;
      if (isSameIce) {
        if (isSamePeer) return { ok: true, current: { ...before, remote } };
        return refuse('another fingerprint or session without new ICE credentials');
      }
      if (isSamePeer) {
        const transport = this.#transports.restartIce(before.transport, remote);
        return { ok: true, current: { ...before, transport, remote } };
      }
      this.#transports.close(before.transport);
    }
    const transport = this.#transports.open(worker, this.#owner, remote);
    return {
      ok: true,
      current: { transport, remote, peerSessionId, sessionId: newSessionId(), version: 0 },
    };
  }
}

interface Current {
  readonly transport: Transport;
  readonly remote: RemoteTransportParameters;
  readonly peerSessionId: string;
  /** Of the server's descriptions. */
  readonly sessionId: string;
  version: number;
}

function fingerprintsOf({ fingerprints }: RemoteTransportParameters): string {
  return fingerprints
    .map(({ algorithm, value }) => `${algorithm} ${value}`)
    .toSorted()
    .join();
}
