import { ErrorCode } from './error-codes.js';
import type { StunMessageView } from './message-view.js';
import type { StunMessageWriter } from './message-writer.js';
import { MessageClass } from './message-type.js';

/** Starts the error response to `request` with ERROR-CODE; more attributes may follow. No reason phrase. */
export function beginErrorAnswer(
  writer: StunMessageWriter,
  request: StunMessageView,
  code: number,
): StunMessageWriter {
  return writer.beginAnswer(request, MessageClass.errorResponse).errorCode(code);
}

/** Starts the 420 to a request with unknown comprehension-required attributes (RFC 8489 section 6.3.1). */
export function beginUnknownAttributesAnswer(
  writer: StunMessageWriter,
  request: StunMessageView,
): StunMessageWriter {
  beginErrorAnswer(writer, request, ErrorCode.unknownAttribute);
  return writer.unknownAttributes(request.unknownRequired, request.unknownRequiredCount);
}

/** Ends an answer with FINGERPRINT when the request had one: the client uses the mechanism (RFC 8489 section 7). */
export function mirrorFingerprint(writer: StunMessageWriter, request: StunMessageView): StunMessageWriter {
  return request.hasFingerprint ? writer.fingerprint() : writer;
}
