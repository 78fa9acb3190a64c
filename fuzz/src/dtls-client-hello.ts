import { ClientHelloView } from '@madang/server/drivers/dtls-client-hello';
import { DtlsHandshakeGuard } from '@madang/server/drivers/dtls-handshake-guard';

const hello = new ClientHelloView();

/** The parser that meets every datagram of an unknown DTLS source, and the guard behind it: any bytes, any offset. */
export default function fuzzDtlsClientHello(bytes: Uint8Array): void {
  const padded = new Uint8Array(bytes.length + 7).fill(0xfe);
  padded.set(bytes, 3);
  const kind = hello.parse(padded, 3, bytes.length);
  if (kind === 'hello') {
    const end = 3 + bytes.length;
    if (hello.recordSequenceOffset !== 6 || hello.randomOffset + 32 > hello.cookieOffset - 1)
      throw new Error('order');
    if (hello.cookieOffset + hello.cookieLength > end || hello.messageSequence > 1)
      throw new Error('outside');
  }
  const guard = new DtlsHandshakeGuard({ messageBytes: 16_384, fragments: 64 });
  const verdict = guard.judge(padded, 3, bytes.length);
  if (guard.judge(padded, 3, bytes.length) !== verdict && verdict !== 'pass')
    throw new Error('guard changed its mind');
}
