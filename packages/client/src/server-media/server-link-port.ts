import type { AnswerMessage, OfferMessage, ReceiveMessage } from '@madang/wire/client-messages';
import type { ConnectionState } from '../api/connection.js';

type Unnumbered<M> = Omit<M, 'id' | 'ack'>;

/** What the media server is told. */
export type ServerSignal = Unnumbered<OfferMessage> | Unnumbered<AnswerMessage> | Unnumbered<ReceiveMessage>;

/** What the two links to the media server share: how it is reached, and who is told of the connection. */
export interface ServerLinkPort {
  send(message: ServerSignal): void;
  configuration(): RTCConfiguration;
  onState(state: ConnectionState): void;
}
