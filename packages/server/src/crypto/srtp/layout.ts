/** The fixed RTP header (RFC 3550 section 5.1). */
export const RTP_HEADER_BYTES = 12;
/** What stays readable of an SRTCP packet (RFC 3711 section 3.4). */
export const RTCP_HEADER_BYTES = 8;
/** The word that follows a protected RTCP packet: the E flag and the 31-bit index. */
export const RTCP_INDEX_BYTES = 4;
export const SRTCP_ENCRYPTED_FLAG = 0x8000_0000;
