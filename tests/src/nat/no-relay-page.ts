/// <reference lib="dom" />
// Runs in the page before anything else: connections get no TURN server. What can then not connect does need a relay.

const Native = globalThis.RTCPeerConnection;

function withoutRelay(configuration: RTCConfiguration | undefined): RTCConfiguration {
  const iceServers = (configuration?.iceServers ?? [])
    .map((server) => ({ ...server, urls: [server.urls].flat().filter((url) => url.startsWith('stun:')) }))
    .filter(({ urls }) => urls.length > 0);
  return { ...configuration, iceServers };
}

globalThis.RTCPeerConnection = class extends Native {
  constructor(configuration?: RTCConfiguration) {
    super(withoutRelay(configuration));
  }

  override setConfiguration(configuration?: RTCConfiguration): void {
    super.setConfiguration(withoutRelay(configuration));
  }
};
