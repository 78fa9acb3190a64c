/** RTCP packet types (RFC 3550 section 12.1, RFC 4585 section 6.1). */
export const RtcpType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  bye: 203,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;

/** Formats of transport layer feedback (RFC 4585 section 6.2, draft-holmer-rmcat-transport-wide-cc-extensions-01). */
export const TransportFeedbackFormat = { nack: 1, transportWideCc: 15 } as const;

/** Formats of payload-specific feedback (RFC 4585 section 6.3, RFC 5104 section 4.3.1, draft-alvestrand-rmcat-remb-03). */
export const PayloadFeedbackFormat = {
  pictureLossIndication: 1,
  fullIntraRequest: 4,
  applicationLayer: 15,
} as const;

/** Octets of the header that every RTCP packet has. */
export const RTCP_HEADER_BYTES = 4;

/** Octets of a feedback packet before its control information: header, SSRC of the sender, SSRC of the media. */
export const FEEDBACK_HEADER_BYTES = 12;

/** Octets of one reception report (RFC 3550 section 6.4.1). */
export const RECEPTION_REPORT_BYTES = 24;

/** 'REMB': the unique identifier of application layer feedback that carries a receiver's estimate. */
export const REMB_IDENTIFIER = 0x52454d42;
