/** A message that came from another participant's data channel. */
export interface DataMessage {
  /** `participantId` of the sender. */
  readonly from: string;
  readonly label: string;
  readonly reliable: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** To whom and how a message goes. */
export interface DataOptions {
  /** Everybody, or a `participantId`; everybody unless told. */
  readonly to?: 'all' | (string & {});
  /** Names a channel of its own order; 1 to 64 characters. */
  readonly label?: string;
  /** Ordered and repeated until it arrives (the default), or sent once and in any order. */
  readonly reliable?: boolean;
}

/** A channel to one or all, whose back-pressure can be seen. From `room.openChannel`. */
export interface DataSender {
  readonly label: string;
  readonly reliable: boolean;
  /** Bytes not yet handed to the network, of the slowest receiver. */
  readonly bufferedAmount: number;
  /** How many receivers are connected now. */
  readonly receivers: number;
  /**
   * Sends a message. Reliable: resolves when there is room for the next one, so `await` paces the sender. Lossy:
   * resolves at once; what finds a full buffer is dropped and counted. Answers how many receivers it was sent to.
   * @throws UsageError `tooLarge`
   */
  send(data: Uint8Array<ArrayBuffer> | string): Promise<number>;
  /** Messages dropped because a lossy buffer was full. */
  readonly dropped: number;
  close(): void;
}

/** Most bytes a message may have. */
export const DATA_MESSAGE_BYTES = 64 * 1024;
