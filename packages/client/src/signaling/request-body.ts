import type { RequestMessage } from '@madang/wire/client-messages';

type WithoutNumbers<M> = M extends unknown ? Omit<M, 'id' | 'ack'> : never;

/** A request before it has its numbers. */
export type RequestBody = WithoutNumbers<RequestMessage>;
