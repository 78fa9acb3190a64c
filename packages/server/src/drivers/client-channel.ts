/**
 * A client that is not reached by plain UDP: a TCP or TLS connection, or a DTLS session. What is written is one
 * message: the optional prefix, the bytes, then zero padding. All are copied before the call returns.
 */
export interface ClientChannel {
  write(
    prefix: Uint8Array,
    prefixOffset: number,
    prefixLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): 'queued' | 'congested';
  /** RFC 8656 section 12.5: ChannelData is padded to four bytes over TCP and TLS, and need not be over UDP and DTLS. */
  readonly padsChannelData: boolean;
  /** The client has authenticated: limits for strangers no longer apply. */
  authenticated(): void;
}
