/** STUN methods: the IANA registry "STUN Methods" (RFC 8489, RFC 8656, RFC 6062). 12 bits. */
export const Method = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
  connect: 0x00a,
  connectionBind: 0x00b,
  connectionAttempt: 0x00c,
  googPing: 0x080,
} as const;
