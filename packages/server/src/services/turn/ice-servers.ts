/** RTCIceServer of the W3C WebRTC recommendation, as a browser takes it. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface IceServers {
  readonly iceServers: readonly IceServer[];
  /** How long the credential may be used for new allocations. */
  readonly ttlSeconds: number;
}

/**
 * What a client needs to use this server for STUN and TURN, one entry each: `turn:` URLs are given once, credentials for
 * each client.
 */
export function iceServersAt(
  turnUrls: readonly string[],
): (credential: { username: string; password: string; ttlSeconds: number }) => IceServers {
  const stun = turnUrls
    .filter((url) => url.startsWith('turn:') && url.endsWith('?transport=udp'))
    .map((url) => url.replace(/^turn:/, 'stun:').replace(/\?.*$/, ''));
  return ({ username, password, ttlSeconds }) => ({
    iceServers: [{ urls: stun }, { urls: turnUrls, username, credential: password }],
    ttlSeconds,
  });
}
