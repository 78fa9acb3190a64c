import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { formatIpAddress } from '@madang/core/path/address-text';
import type { IpAddress } from '@madang/core/path/address-text';
import type { Config } from '../config/resolve.js';
import type { Certificate } from '../crypto/certificate.js';
import type { Log } from '../observe/log.js';
import { createMetrics } from '../observe/prometheus.js';
import type { Figures } from '../observe/prometheus.js';
import type { SignalingServer } from '../services/signaling/signaling-server.js';
import type { IceServers } from '../services/turn/ice-servers.js';
import { addExamples } from './examples.js';
import { addHealthRoutes } from './health-routes.js';
import { addIceServersRoute } from './ice-servers-route.js';
import { addInvitationsRoute } from './invitations-route.js';
import { addMetricsRoute } from './metrics-route.js';
import { addRoomRoute } from './room-route.js';
import { addSdkBundle } from './sdk-bundle.js';
import { addSecurityHeaders } from './security-headers.js';
import { readAssets } from './static-assets.js';
import type { AssetManifest } from './static-assets.js';
import { addStatusPage } from './status-page.js';
import { addWebApp } from './web-app.js';
import { addSignalRoute } from './websocket.js';

export interface HttpServerOptions {
  readonly config: Config;
  readonly certificate: Certificate;
  readonly isReady: () => boolean;
  readonly figures: () => Figures;
  readonly iceServers: (identity: string) => IceServers;
  /** Checks access tokens. */
  readonly accessSecret: string;
  readonly signaling: SignalingServer;
  readonly log: Log;
}

export interface HttpServer {
  readonly addresses: { readonly http: string; readonly https?: string };
  setCertificate(certificate: Certificate): void;
  stop(): Promise<void>;
}

/**
 * Starts HTTP, and HTTPS where it is configured, on every address of `host`. Rejects with the system's error when a port
 * cannot be had.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config } = options;
  const files: Files = {
    webApp: readAssets(new URL('packages/web/dist/', REPOSITORY)),
    sdk: readAssets(new URL('packages/client/dist/bundle/', REPOSITORY)),
    examples: readAssets(new URL('examples/', REPOSITORY)),
  };
  if (!files.webApp.has('index.html')) {
    options.log('warn', 'The web app is not built: `npm start` builds it, and so does `npm run build`');
  }
  const plain: App[] = [];
  const secure: App[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all([...plain, ...secure].map(({ app }) => app.close()));
  };
  try {
    await openAll(
      plain,
      () => createApp(options, files, undefined),
      config.host,
      config.httpPort,
      'httpPort',
    );
    if (config.httpsPort !== 'off') {
      const create = (): App => createApp(options, files, options.certificate);
      await openAll(secure, create, config.host, config.httpsPort, 'httpsPort');
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const [firstPlain, firstSecure] = [plain[0]!, secure[0]];
  const https = firstSecure && { https: urlOf('https', config.host, firstSecure.app) };
  return {
    addresses: { http: urlOf('http', config.host, firstPlain.app), ...https },
    setCertificate: ({ certificatePem, privateKeyPem }) => {
      for (const { server } of secure) {
        (server as HttpsServer).setSecureContext({ cert: certificatePem, key: privateKeyPem });
      }
    },
    stop,
  };
}

/** Listens on each address, on the same port of all where the system chose it; what was opened is in `opened`. */
async function openAll(
  opened: App[],
  create: () => App,
  addresses: readonly IpAddress[],
  port: number,
  key: string,
): Promise<void> {
  const hosts = addresses.length > 0 ? addresses.map(formatIpAddress) : ['::'];
  let wanted = port;
  for (const host of hosts) {
    const door = create();
    opened.push(door);
    await listen(door.app, host, wanted, key);
    wanted = (door.app.server.address() as AddressInfo).port;
  }
}

/** What was built, read once. */
interface Files {
  readonly webApp: AssetManifest;
  readonly sdk: AssetManifest;
  readonly examples: AssetManifest;
}

interface App {
  readonly app: FastifyInstance;
  readonly server: unknown;
}

function createApp(options: HttpServerOptions, files: Files, certificate: Certificate | undefined): App {
  let server: unknown;
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 10_000,
    routerOptions: { maxParamLength: 256 },
    forceCloseConnections: true,
    serverFactory: (handler) => {
      const limits = { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: REQUEST_TIMEOUT_MS };
      const created = certificate
        ? createHttpsServer(
            { ...limits, cert: certificate.certificatePem, key: certificate.privateKeyPem },
            handler,
          )
        : createHttpServer(limits, handler);
      server = created;
      return created as ReturnType<typeof createHttpServer>;
    },
  });
  addSecurityHeaders(app);
  addHealthRoutes(app, options);
  const metrics = createMetrics(options.figures);
  addMetricsRoute(app, { metrics, token: options.config.metricsToken });
  const { config, iceServers, accessSecret, signaling } = options;
  addInvitationsRoute(app, { accessSecret });
  addIceServersRoute(app, { access: config.access, iceServers, accessSecret });
  const { access, allowedOrigins, trustedProxies } = config;
  addRoomRoute(app, { access, accessSecret, signaling, trustedProxies });
  addSignalRoute(app, { signaling, allowedOrigins, trustedProxies });
  addStatusPage(app);
  addWebApp(app, files.webApp);
  addSdkBundle(app, files.sdk);
  addExamples(app, files.examples);
  return { app, server };
}

async function listen(app: FastifyInstance, host: string, port: number, key: string): Promise<void> {
  try {
    await app.listen({ host, port });
    // Accept errors (no descriptors, no memory) must not end the program: the next accept may succeed.
    app.server.on('error', () => undefined);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A machine without IPv6 has no '::' to listen on.
    if (host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
      await listen(app, '0.0.0.0', port, key);
      return;
    }
    throw Object.assign(
      new Error(`Cannot listen on tcp ${host} port ${port} (${key}): ${code ?? String(error)}`),
      {
        port,
        code,
      },
    );
  }
}

function urlOf(scheme: string, addresses: readonly IpAddress[], app: FastifyInstance): string {
  const { port } = app.server.address() as AddressInfo;
  const host = addresses[0] ? formatIpAddress(addresses[0]) : '::';
  const shown = host === '::' || host === '0.0.0.0' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${shown}:${port}`;
}

const REPOSITORY = new URL('../../../../', import.meta.url);
const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
