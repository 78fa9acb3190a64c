import type { IceServer } from '@madang/wire/room-state';

export function configurationOf(iceServers: readonly IceServer[], relayOnly: boolean): RTCConfiguration {
  return {
    iceServers: iceServers.map((server) => ({ ...server, urls: [...server.urls] })),
    iceTransportPolicy: relayOnly ? 'relay' : 'all',
    bundlePolicy: 'max-bundle',
  };
}

/** @throws DOMException where the browser makes no further RTCPeerConnection */
export function createConnection(configuration: RTCConfiguration): RTCPeerConnection {
  try {
    return new RTCPeerConnection(configuration);
  } catch (error) {
    // A browser refuses all servers for one it cannot read; without any, machines of one network still connect.
    reportError(error);
    return new RTCPeerConnection({ ...configuration, iceServers: [] });
  }
}
