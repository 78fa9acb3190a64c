import { MEDIA_SERVER } from '@madang/wire/media-server';
import type { ConnectionState } from '../api/connection.js';
import type { VideoCodec } from '../api/room.js';
import { createConnection } from '../mesh/create-connection.js';
import { guarded } from '../mesh/guarded.js';
import type { IceRecovery, RecoveryAction } from '../mesh/ice-recovery.js';
import type { SentTrack } from '../mesh/mesh-host.js';
import { Negotiator } from '../mesh/negotiator.js';
import { RecoveryDriver } from '../mesh/recovery-driver.js';
import { withDtx } from './dtx.js';
import type { ServerLinkPort } from './server-link-port.js';
import { UpSenders } from './up-senders.js';

/** One RTCPeerConnection and what belongs to it alone. */
interface Generation {
  readonly connection: RTCPeerConnection;
  readonly negotiator: Negotiator;
  readonly senders: UpSenders;
}

/** What this client sends to the media server, over as many RTCPeerConnections as that takes; none before the first track. */
export class UpLink {
  readonly #port: ServerLinkPort;
  readonly #codec: VideoCodec;
  readonly #tracks = new Map<string, SentTrack>();
  readonly #wantedRids = new Map<string, readonly string[]>();
  #current: Generation | undefined;
  /** There is one while there is a connection: what is not there is not in trouble. */
  #recovery: RecoveryDriver | undefined;

  constructor(port: ServerLinkPort, codec: VideoCodec) {
    this.#port = port;
    this.#codec = codec;
  }

  get state(): ConnectionState {
    return this.#recovery?.state ?? 'new';
  }

  get peerConnection(): RTCPeerConnection | undefined {
    return this.#current?.connection;
  }

  receiveAnswer(sdp: string): void {
    this.#current?.negotiator.receiveDescription('answer', sdp);
  }

  publish(track: SentTrack): void {
    this.#tracks.set(track.trackId, track);
    if (track.track === null) return;
    if (this.#current === undefined) this.#rebuild();
    else this.#current.senders.add(track);
  }

  /** With the last track the connection goes: there is nothing that could fail, or be mended. */
  unpublish(trackId: string): void {
    if (!this.#tracks.delete(trackId)) return;
    this.#wantedRids.delete(trackId);
    if (this.#tracks.size === 0) this.close();
    else this.#current?.senders.remove(trackId);
  }

  async replace(trackId: string, track: MediaStreamTrack | null): Promise<void> {
    const known = this.#tracks.get(trackId);
    if (known === undefined) return;
    const replaced = { ...known, track };
    if (this.#current === undefined) {
      this.publish(replaced);
      return;
    }
    this.#tracks.set(trackId, replaced);
    await this.#current.senders.replace(replaced);
  }

  /** Of a track, only these encodings are of use to somebody now. */
  setWanted(trackId: string, rids: readonly string[]): void {
    if (!this.#tracks.has(trackId)) return;
    this.#wantedRids.set(trackId, rids);
    this.#current?.senders.apply();
  }

  /** Tells the recovery what happened outside of the connection. */
  tell(happened: (recovery: IceRecovery, nowMs: number) => void): void {
    this.#recovery?.tell(happened);
  }

  /** The server knows nothing of this connection any more. */
  restart(): void {
    if (this.#current !== undefined) this.#rebuild();
  }

  setConfiguration(): void {
    // A server that cannot be used is no reason to lose the connection there is.
    guarded(() => this.#current?.connection.setConfiguration(this.#port.configuration()));
  }

  close(): void {
    const recovery = this.#recovery;
    this.#current?.connection.close();
    this.#current = undefined;
    this.#recovery = undefined;
    recovery?.stop();
  }

  #rebuild(): void {
    const before = this.#current;
    // A browser that makes no further RTCPeerConnection must not keep the room from handling what else comes.
    guarded(() => {
      this.#current = this.#begin();
      this.#recovery ??= this.#createRecovery();
      before?.connection.close();
      this.#wantedRids.clear();
      this.#recovery?.tell((recovery, nowMs) => recovery.rebuilt(nowMs));
    });
  }

  #begin(): Generation {
    const connection = createConnection(this.#port.configuration());
    const isCurrent = (): boolean => this.#current?.connection === connection;
    const negotiator = new Negotiator(
      connection,
      {
        sendDescription: (type, sdp) => {
          if (type !== 'offer' || !isCurrent()) return;
          this.#recovery?.tell((recovery, nowMs) => recovery.offerSent(nowMs));
          const offer = withDtx(sdp, (trackId) => this.#tracks.get(trackId)?.source !== 'screenAudio');
          this.#port.send({ type, to: MEDIA_SERVER, sdp: offer, connection: 'up' });
        },
        // The server is ICE-lite: it learns from the checks where they come from.
        sendCandidate: () => undefined,
        onStable: () => {
          if (!isCurrent()) return;
          senders.apply();
          this.#recovery?.tell((recovery, nowMs) => recovery.settled(nowMs));
        },
        onFault: () => {
          if (isCurrent()) this.#recovery?.tell((recovery) => recovery.fault());
        },
      },
      { polite: false, held: false },
    );
    const senders = new UpSenders(connection, this.#codec, (trackId) => this.#wantedRids.get(trackId));
    connection.addEventListener('connectionstatechange', () => {
      const { connectionState } = connection;
      if (isCurrent()) this.#recovery?.tell((recovery, nowMs) => recovery.observe(connectionState, nowMs));
    });
    for (const track of this.#tracks.values()) senders.add(track);
    return { connection, negotiator, senders };
  }

  #createRecovery(): RecoveryDriver {
    const { onState } = this.#port;
    // The server never begins anything here, so there is nobody to give way to.
    return new RecoveryDriver({ help: (action) => this.#help(action), onState }, { polite: false });
  }

  #help(action: RecoveryAction): void {
    switch (action) {
      case 'restart':
        this.#current?.connection.restartIce();
        return;
      case 'resend':
        this.#current?.negotiator.resendOffer();
        return;
      case 'rebuild':
        this.#rebuild();
    }
  }
}
