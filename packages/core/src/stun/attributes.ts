/**
 * STUN attribute types: the IANA registry "STUN Attributes". Keys are the registered names in camel case
 * (`xorMappedAddress` is XOR-MAPPED-ADDRESS). Types below 0x8000 are comprehension-required.
 */
export const Attribute = {
  // RFC 8489
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  realm: 0x0014,
  nonce: 0x0015,
  messageIntegritySha256: 0x001c,
  passwordAlgorithm: 0x001d,
  userhash: 0x001e,
  xorMappedAddress: 0x0020,
  passwordAlgorithms: 0x8002,
  alternateDomain: 0x8003,
  software: 0x8022,
  alternateServer: 0x8023,
  fingerprint: 0x8028,
  // RFC 8656 (TURN) and RFC 6062 (TURN over TCP)
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  evenPort: 0x0018,
  requestedTransport: 0x0019,
  dontFragment: 0x001a,
  reservationToken: 0x0022,
  connectionId: 0x002a,
  additionalAddressFamily: 0x8000,
  addressErrorCode: 0x8001,
  icmp: 0x8004,
  // RFC 8445 (ICE)
  priority: 0x0024,
  useCandidate: 0x0025,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
  // RFC 5780 (NAT behaviour discovery)
  changeRequest: 0x0003,
  padding: 0x0026,
  responsePort: 0x0027,
  cacheTimeout: 0x8027,
  responseOrigin: 0x802b,
  otherAddress: 0x802c,
  // RFC 6679, 7635, 7982, 8016
  accessToken: 0x001b,
  transactionTransmitCounter: 0x8025,
  ecnCheckStun: 0x802d,
  thirdPartyAuthorization: 0x802e,
  mobilityTicket: 0x8030,
  // Registered by vendors
  ciscoStunFlowdata: 0xc000,
  enfFlowDescription: 0xc001,
  enfNetworkStatus: 0xc002,
  ciscoWebexFlowInfo: 0xc003,
  citrixTransactionId: 0xc056,
  googNetworkInfo: 0xc057,
  googLastIceCheckReceived: 0xc058,
  googMiscInfo: 0xc059,
  googObsolete1: 0xc05a,
  googConnectionId: 0xc05b,
  googDelta: 0xc05c,
  googDeltaAck: 0xc05d,
  googDeltaSyncReq: 0xc05e,
  googMessageIntegrity32: 0xc060,
  metaDtlsInStun: 0xc070,
  metaDtlsInStunAcknowledgement: 0xc071,
} as const;

/** Comprehension-required attributes a server without TURN or RFC 5780 understands (RFC 8489). */
export const STUN_ATTRIBUTES: readonly number[] = [
  Attribute.mappedAddress,
  Attribute.username,
  Attribute.messageIntegrity,
  Attribute.errorCode,
  Attribute.unknownAttributes,
  Attribute.realm,
  Attribute.nonce,
  Attribute.messageIntegritySha256,
  Attribute.passwordAlgorithm,
  Attribute.userhash,
  Attribute.xorMappedAddress,
];

/** Comprehension-required attributes of NAT behaviour discovery (RFC 5780). */
export const NAT_DISCOVERY_ATTRIBUTES: readonly number[] = [
  Attribute.changeRequest,
  Attribute.padding,
  Attribute.responsePort,
];

/** Comprehension-required attributes of TURN (RFC 8656, RFC 6062). */
export const TURN_ATTRIBUTES: readonly number[] = [
  Attribute.channelNumber,
  Attribute.lifetime,
  Attribute.xorPeerAddress,
  Attribute.data,
  Attribute.xorRelayedAddress,
  Attribute.requestedAddressFamily,
  Attribute.evenPort,
  Attribute.requestedTransport,
  Attribute.dontFragment,
  Attribute.reservationToken,
  Attribute.connectionId,
];
