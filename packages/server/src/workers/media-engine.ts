import type { MediaCommand, MediaReport } from '@madang/core/sfu/media-commands';
import { SFU_DROPS } from '@madang/core/sfu/sfu-counters';
import { SfuRouter } from '@madang/core/sfu/sfu-router';
import type { Instant } from '@madang/core/time/instant';
import { createCrypto } from '../crypto/create-crypto.js';
import { NodeRandom } from '../crypto/node-random.js';
import { createSrtpTransform } from '../crypto/srtp/create-srtp-transform.js';
import { systemClock } from '../drivers/clock.js';
import { openMediaEndpoints } from '../drivers/media/media-endpoints.js';
import type { MediaTransportHandler } from '../drivers/media/media-transport-handler.js';
import { MEDIA_DROP_REASONS } from '../drivers/media/media-drop-reason.js';
import { MediaTransports } from '../drivers/media/media-transports.js';
import { StreamListener } from '../net/stream-listener.js';
import type { UdpNetwork } from '../net/udp-network.js';
import type { Log } from '../observe/log.js';
import type { MediaSnapshot } from './engine-snapshot.js';
import type { MediaEngineOptions } from './engine-options.js';
import { openListener } from './open-listener.js';

/** What a media engine asks of the process it runs in. */
export interface MediaEnginePorts {
  /** Shared with the other engines of the process. */
  readonly network: UdpNetwork;
  readonly log: Log;
  readonly report: (report: MediaReport) => void;
}

/** The media server of one process: transports on its own port, and the router between them. */
export class MediaEngine {
  readonly #ports: MediaEnginePorts;
  readonly #transports: MediaTransports;
  readonly #router: SfuRouter;
  readonly #listener: StreamListener;
  /** Undefined while there is no transport: then nothing is due. */
  #timer: NodeJS.Timeout | undefined;
  #transportsDueAt = -Infinity;

  /** Rejects with a sentence that says what cannot be had; nothing is left open then. */
  static async create(options: MediaEngineOptions, ports: MediaEnginePorts): Promise<MediaEngine> {
    const engine = new MediaEngine(options, ports);
    try {
      const { receiveBufferBytes, sendBufferBytes } = options;
      const { network } = ports;
      const receiver = engine.#transports.udpReceiver;
      for (const spec of options.listeners) {
        await openListener(spec, {
          network,
          receiver,
          listener: engine.#listener,
          receiveBufferBytes,
          sendBufferBytes,
          timestamps: true,
        });
      }
    } catch (error) {
      engine.stop();
      throw error;
    }
    return engine;
  }

  private constructor(options: MediaEngineOptions, ports: MediaEnginePorts) {
    this.#ports = ports;
    const opened = openMediaEndpoints(options.certificate);
    if (!opened.ok) throw new Error(`Media cannot be served: ${opened.reason}`);
    const random = new NodeRandom();
    const { report } = ports;
    this.#router = new SfuRouter({ random, report, maximumDownBps: options.maximumDownBps });
    this.#transports = new MediaTransports({
      network: ports.network,
      crypto: createCrypto({ native: 'auto' }).crypto,
      random,
      clock: systemClock,
      endpoints: opened.endpoints,
      createSrtpTransform,
      handler: this.#handler(),
      limits: options.transportLimits,
    });
    this.#listener = new StreamListener({
      tls: undefined,
      limits: options.limits,
      accept: (connection) => {
        this.#transports.acceptConnection(connection);
      },
    });
  }

  /** Carries out what the control process says. */
  handle(command: MediaCommand): void {
    const now = systemClock.now();
    this.#router.handle(now, command);
    const transports = this.#transports;
    switch (command.kind) {
      case 'openTransport':
        if (transports.transport(command.transport.transportId) === undefined) {
          transports.open(now, command.transport);
        }
        // An idle process is not woken: in a virtual machine that costs more than what is done then.
        this.#timer ??= setInterval(() => {
          this.#tick();
        }, TICK_MS).unref();
        break;
      case 'setRemote':
        transports.setRemote(now, command.transportId, command.remote);
        break;
      case 'restartIce': {
        const { transportId, iceUfrag: ufrag, icePwd: pwd, remote } = command;
        transports.restartIce(now, transportId, { ufrag, pwd }, remote);
        break;
      }
      case 'closeTransport':
        transports.close(command.transportId);
        break;
      case 'setReceived':
      case 'setSent':
      case 'prefer':
        break;
    }
    this.#ports.network.flush();
  }

  snapshot(): MediaSnapshot {
    const { counters } = this.#router;
    const drops: Record<string, number> = {};
    MEDIA_DROP_REASONS.forEach((reason, index) => {
      drops[reason] = this.#transports.drops[index]!;
    });
    SFU_DROPS.forEach((reason, index) => {
      drops[reason] = (drops[reason] ?? 0) + counters.drops[index]!;
    });
    return {
      mediaTransports: this.#transports.counters.transports,
      mediaPackets: {
        received: counters.receivedPackets,
        forwarded: counters.forwardedPackets,
        retransmitted: counters.retransmittedPackets,
        padding: counters.paddingPackets,
        nacks_received: counters.nacksReceived,
        nacks_sent: counters.nacksSent,
        key_frame_requests_received: counters.keyFrameRequestsReceived,
        key_frame_requests_sent: counters.keyFrameRequestsSent,
      },
      mediaBytes: { received: counters.receivedBytes, forwarded: counters.forwardedBytes },
      mediaDrops: drops,
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#listener.stop();
    this.#transports.stop();
  }

  #handler(): MediaTransportHandler {
    return {
      connected: (transport) => {
        this.#router.connected(transport);
        const { transportId } = transport;
        this.#ports.report({ kind: 'transportState', transportId, state: 'connected' });
      },
      ended: ({ transportId }, state, reason) => {
        this.#router.close(transportId);
        this.#ports.report({ kind: 'transportState', transportId, state, reason });
      },
      handleRtp: (now, transport, packet, arrivedAt) => {
        this.#router.handleRtp(now, transport.transportId, packet, arrivedAt);
      },
      handleRtcp: (now, transport, bytes, offset, length) => {
        this.#router.handleRtcp(now, transport.transportId, bytes, offset, length);
      },
      handleBatchEnd: (now) => {
        this.#router.flush(now);
      },
    };
  }

  #tick(): void {
    const now: Instant = systemClock.now();
    if (now >= this.#transportsDueAt) {
      this.#transportsDueAt = now + TRANSPORTS_MS;
      this.#transports.handleTimeout(now);
      if (this.#transports.counters.transports === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    }
    if (this.#router.transports === 0) return;
    this.#router.handleTimeout(now);
    this.#ports.network.flush();
  }
}

/** Of the router: what is missing is asked for, and padding is spread, in steps of this. */
const TICK_MS = 10;
const TRANSPORTS_MS = 50;
