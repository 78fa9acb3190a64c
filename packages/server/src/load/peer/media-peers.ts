import type { Crypto } from '@madang/core/env/crypto';
import type { Random } from '@madang/core/env/random';
import type { IceCredentials } from '@madang/core/ice/ice-credentials';
import { certificateFingerprint } from '../../crypto/certificate.js';
import { createCrypto } from '../../crypto/create-crypto.js';
import { NodeRandom } from '../../crypto/node-random.js';
import { createSelfSignedCertificate } from '../../crypto/self-signed-certificate.js';
import type { Clock } from '../../drivers/clock.js';
import { systemClock } from '../../drivers/clock.js';
import type { MediaEndpoints } from '../../drivers/media/media-endpoints.js';
import { openMediaEndpoints } from '../../drivers/media/media-endpoints.js';
import type { UdpNetwork } from '../../net/udp-network.js';
import { MediaPeer } from './media-peer.js';

/** What the peers of one process share. */
export interface MediaPeerShare {
  readonly network: UdpNetwork;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly endpoints: MediaEndpoints;
  /** SHA-256 of the certificate, as SDP writes it. */
  readonly fingerprint: string;
  forget(peer: MediaPeer): void;
}

/** Makes media peers on one network, and wakes them. They share a certificate, which costs most of a start. */
export class MediaPeers {
  readonly #share: MediaPeerShare;
  readonly #peers = new Set<MediaPeer>();
  readonly #timer: NodeJS.Timeout;

  /** Throws where OpenSSL cannot be reached. `network` stays the caller's. */
  constructor(options: { network: UdpNetwork }) {
    const certificate = createSelfSignedCertificate({ issuedAt: new Date(), commonName: 'media peer' });
    const opened = openMediaEndpoints(certificate);
    if (!opened.ok) throw new Error(opened.reason);
    this.#share = {
      network: options.network,
      crypto: createCrypto().crypto,
      random: new NodeRandom(),
      clock: systemClock,
      endpoints: opened.endpoints,
      fingerprint: certificateFingerprint(certificate.certificatePem),
      forget: (peer) => this.#peers.delete(peer),
    };
    this.#timer = setInterval(() => {
      const now = systemClock.now();
      for (const peer of this.#peers) peer.handleTimeout(now);
      options.network.flush();
    }, TICK_MS);
  }

  get count(): number {
    return this.#peers.size;
  }

  /** A peer that is not connected yet. `ice` is chosen at random unless given. */
  create(options: { dtlsRole?: 'client' | 'server'; ice?: IceCredentials } = {}): MediaPeer {
    const peer = new MediaPeer(this.#share, {
      dtlsRole: options.dtlsRole ?? 'client',
      ice: options.ice ?? this.#randomCredentials(),
    });
    this.#peers.add(peer);
    return peer;
  }

  /** Ends all peers. */
  stop(): void {
    clearInterval(this.#timer);
    for (const peer of [...this.#peers]) peer.close();
    this.#share.endpoints.free();
  }

  #randomCredentials(): IceCredentials {
    const bytes = new Uint8Array(16);
    this.#share.random.fillSecret(bytes);
    const text = Buffer.from(bytes).toString('hex');
    return { ufrag: text.slice(0, 8), pwd: text.slice(8) };
  }
}

const TICK_MS = 20;
