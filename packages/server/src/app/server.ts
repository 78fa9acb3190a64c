import type { Crypto } from '@madang/core/env/crypto';
import { mintTimeLimitedCredential } from '@madang/core/turn/credentials';
import type { WallClockSeconds } from '@madang/core/time/instant';
import type { Config } from '../config/resolve.js';
import { systemClock } from '../drivers/clock.js';
import { createCrypto } from '../crypto/create-crypto.js';
import { startHttpServer } from '../http/http-server.js';
import type { HttpServer } from '../http/http-server.js';
import { EndedIdentities } from '../services/auth/ended-identities.js';
import { AllocationLedger } from '../services/turn/allocation-ledger.js';
import type { SignalingServer } from '../services/signaling/signaling-server.js';
import { iceServersAt } from '../services/turn/ice-servers.js';
import type { IceServers } from '../services/turn/ice-servers.js';
import type { Log } from '../observe/log.js';
import type { EngineSnapshot } from '../workers/engine-snapshot.js';
import { chooseDataPlane } from './data-plane.js';
import type { EngineHost, MediaPlan } from './engine-host.js';
import { startEngines } from './engine-host.js';
import { planEngine } from './engine-plan.js';
import { createSfu, mediaUrls, planMedia } from './media.js';
import type { NetworkPlan } from './network-plan.js';
import { planNetwork } from './network-plan.js';
import { loadAccessSecret } from './access-secret.js';
import { loadTurnSecret } from './secrets.js';
import { createSignaling } from './signaling.js';
import { CertificateSource } from './certificate-source.js';

/** Where the server can be reached, as the ready line says it. */
export interface ServerAddresses {
  readonly http: string;
  readonly https?: string;
  readonly turn: readonly string[];
  /** None where no media is carried. */
  readonly media: readonly string[];
}

/** The whole program behind `madang serve`. */
export class MadangServer {
  readonly addresses: ServerAddresses;
  readonly #engines: EngineHost;
  readonly #http: HttpServer;
  readonly #signaling: SignalingServer;
  readonly #tls: CertificateSource;
  readonly #log: Log;
  readonly #config: Config;
  readonly #status: Status;

  /**
   * Starts everything; rejects with a ListenError or DataFolderError that says what to do. A port the system chose may be
   * taken by the time it is listened on: then it chooses again.
   */
  static async start(config: Config, log: Log): Promise<MadangServer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await MadangServer.#startOnce(config, log);
      } catch (error) {
        if (attempt === START_ATTEMPTS || !isChosenPortTaken(error, config)) throw error;
      }
    }
  }

  static async #startOnce(config: Config, log: Log): Promise<MadangServer> {
    const dataPlane = chooseDataPlane(config, log);
    const network = await planNetwork(config, dataPlane.mediaEngines);
    const secret = loadTurnSecret(config.dataDir);
    const tls = CertificateSource.open(config, log);
    const quota = {
      perUser: config.allocationsPerUser,
      perAddress: config.allocationsPerAddress,
      total: config.allocationsTotal,
    };
    const ended = new EndedIdentities({
      dataDir: config.dataDir,
      wallClock: () => systemClock.wallClock(),
      log,
    });
    const ledger = new AllocationLedger(quota, (identity) => ended.has(identity));
    const engine = planEngine(config, { network, dataPlane, secret, certificate: tls.certificate });
    const { workers } = dataPlane;
    const media = planMedia(config, network);
    const { dataDir, orphanSeconds } = config;
    let engines: EngineHost | undefined;
    try {
      engines = await startEngines({ workers, engine, media, ledger, quota, dataDir, orphanSeconds, log });
      const parts = { config, log, network, media, engines, tls, ended };
      const { crypto } = createCrypto({ native: dataPlane.network === 'native' ? 'auto' : 'never' });
      return await MadangServer.#startHttp(parts, { secret, crypto });
    } catch (error) {
      tls.close();
      await engines?.giveUp();
      throw error;
    }
  }

  static async #startHttp(
    parts: Omit<Parts, 'http' | 'status' | 'signaling'>,
    turn: { readonly secret: string; readonly crypto: Crypto },
  ): Promise<MadangServer> {
    const { config, log, network, media, engines, tls, ended } = parts;
    const status: Status = { state: 'starting' };
    const iceServersWith = iceServersAt(turnUrls(network));
    const iceServers = (identity: string): IceServers =>
      iceServersWith({
        ttlSeconds: config.credentialTtlSeconds,
        ...mintTimeLimitedCredential({
          ...turn,
          identity,
          expiresAt: (Math.floor(Date.now() / 1000) + config.credentialTtlSeconds) as WallClockSeconds,
        }),
      });
    const isReady = (): boolean => status.state === 'serving';
    const accessSecret = loadAccessSecret(config.dataDir);
    const sfu =
      media &&
      engines.media &&
      createSfu(engines.media, media, network, {
        log,
        lastN: config.mediaLastN,
        tell: (participantId, message) => {
          signaling.tell(participantId, message);
        },
      });
    const signaling: SignalingServer = createSignaling({
      config,
      secret: accessSecret,
      log,
      sfu,
      isReady,
      iceServers,
      ended,
      revoke: (identity) => {
        engines.revoke(identity);
      },
    });
    const http = await startHttpServer({
      config,
      certificate: tls.certificate,
      isReady,
      figures: () => ({
        ...engines.snapshot(),
        workerRestarts: engines.restarts,
        signaling: signaling.figures(),
      }),
      iceServers,
      accessSecret,
      signaling,
      log: parts.log,
    });
    return new MadangServer({ ...parts, status, http, signaling });
  }

  private constructor(parts: Parts) {
    this.#config = parts.config;
    this.#log = parts.log;
    this.#engines = parts.engines;
    this.#http = parts.http;
    this.#signaling = parts.signaling;
    this.#tls = parts.tls;
    this.#status = parts.status;
    this.#status.state = 'serving';
    const { network, http } = parts;
    this.addresses = { ...http.addresses, turn: turnUrls(network), media: mediaUrls(network) };
    parts.tls.onChange((certificate) => {
      parts.engines.setCertificate(certificate);
      parts.http.setCertificate(certificate);
    });
  }

  snapshot(): EngineSnapshot {
    return this.#engines.snapshot();
  }

  /** Process numbers of the workers. */
  get workerPids(): readonly number[] {
    return this.#engines.pids;
  }

  /** Stops taking allocations, serves the existing ones until they end or `drainSeconds` are over, then stops. */
  async drain(): Promise<void> {
    if (this.#status.state !== 'serving') return;
    this.#status.state = 'draining';
    this.#engines.startDrain();
    const seconds = this.#config.drainSeconds;
    this.#log('info', `Stopping: no new allocations, existing ones are served for up to ${seconds} s`, {
      allocations: this.#engines.snapshot().allocations,
    });
    const deadline = performance.now() + seconds * 1000;
    // Workers report once a second: two rounds make sure that what is counted is counted after the drain began.
    for (let quiet = 0; quiet < 2 && performance.now() < deadline;) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(1100, deadline - performance.now())));
      quiet = this.#engines.snapshot().allocations === 0 ? quiet + 1 : 0;
    }
    await this.stop();
  }

  /** Ends everything now. */
  async stop(): Promise<void> {
    if (this.#status.state === 'stopped') return;
    this.#status.state = 'stopped';
    this.#tls.close();
    await this.#signaling.stop();
    await Promise.all([this.#http.stop(), this.#engines.stop()]);
  }
}

const START_ATTEMPTS = 4;

/** Whether another process has a port that nobody configured. */
function isChosenPortTaken(error: unknown, config: Config): boolean {
  const port = /^Cannot listen on .*port (\d+).*EADDRINUSE/.exec((error as Error).message)?.[1];
  const { turnPort, turnTlsPort, mediaPort, httpPort, httpsPort } = config;
  const configured = [turnPort, turnTlsPort, mediaPort, httpPort, httpsPort];
  return port !== undefined && !configured.includes(Number(port));
}

interface Status {
  state: 'starting' | 'serving' | 'draining' | 'stopped';
}

interface Parts {
  readonly status: Status;
  readonly config: Config;
  readonly log: Log;
  readonly network: NetworkPlan;
  readonly media: MediaPlan | undefined;
  readonly engines: EngineHost;
  readonly tls: CertificateSource;
  readonly ended: EndedIdentities;
  readonly http: HttpServer;
  readonly signaling: SignalingServer;
}

/**
 * URLs of RFC 7065: every client transport of the first announced address, and for the other family what lets a client
 * in that has no other (browsers grow slow with many URLs).
 */
export function turnUrls(network: NetworkPlan): string[] {
  const { turnPort, turnTlsPort } = network;
  return network.announcedHosts.flatMap((address, index) => {
    const host = address.includes(':') ? `[${address}]` : address;
    return [
      `turn:${host}:${turnPort}?transport=udp`,
      ...(index === 0 ? [`turn:${host}:${turnPort}?transport=tcp`] : []),
      ...(turnTlsPort === 'off' ? [] : [`turns:${host}:${turnTlsPort}?transport=tcp`]),
    ];
  });
}
