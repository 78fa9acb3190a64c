import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Headers of every answer: nothing from elsewhere, no framing, no sniffing (OWASP ASVS 5.0 chapter V3), and of what a
 * page may ask for only the devices a call needs. A route that has set one of them itself keeps its own.
 */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!reply.hasHeader(name)) reply.header(name, value);
    }
    if (isTrustworthy(request)) reply.header('cross-origin-opener-policy', 'same-origin');
  });
}

/**
 * Whether the browser takes this for a trustworthy origin (W3C Secure Contexts, section 3.1). Of any other it does not
 * take Cross-Origin-Opener-Policy, and complains of it. A proxy that speaks TLS for us says so; who makes that up
 * changes their own answer only.
 */
function isTrustworthy({ protocol, headers }: FastifyRequest): boolean {
  if (protocol === 'https' || headers['x-forwarded-proto'] === 'https') return true;
  return /^(localhost|[\w.-]+\.localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(headers.host ?? '');
}

/** What stands in a page itself, as `sha256-...`. */
export interface InlineHashes {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

/** The Content-Security-Policy of a page: nothing inline but what was known when the server started. */
export function contentSecurityPolicy(inline: InlineHashes = { scripts: [], styles: [] }): string {
  const sources = (hashes: readonly string[]): string => ["'self'", ...hashes.map((h) => `'${h}'`)].join(' ');
  return [
    "default-src 'none'",
    `script-src ${sources(inline.scripts)}`,
    `style-src ${sources(inline.styles)}`,
    // 'self' covers the WebSocket of the same host and port too.
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Browsers that do not know a name pass it over; what is not named here is the page's own to ask, and needs no asking. */
const DEVICES_OF_A_CALL = ['camera', 'microphone', 'display-capture', 'speaker-selection'];
const DEVICES_OF_NO_CALL = [
  ...['accelerometer', 'geolocation', 'gyroscope', 'hid', 'idle-detection', 'local-fonts'],
  ...['magnetometer', 'midi', 'payment', 'serial', 'usb', 'xr-spatial-tracking'],
];

/** Of every answer, that to an upgrade among them. */
export const SECURITY_HEADERS = {
  'content-security-policy': contentSecurityPolicy(),
  'permissions-policy': [
    ...DEVICES_OF_A_CALL.map((name) => `${name}=(self)`),
    ...DEVICES_OF_NO_CALL.map((name) => `${name}=()`),
  ].join(', '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};
