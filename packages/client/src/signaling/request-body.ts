import type { PostedMessage, RequestMessage } from '@madang/wire/client-messages';

type WithoutNumbers<M> = M extends unknown ? Omit<M, 'id' | 'ack'> : never;

/** A request before it has its numbers. */
export type RequestBody = WithoutNumbers<RequestMessage>;

/** One that is answered only when it is refused. */
export type PostedBody = WithoutNumbers<PostedMessage>;

/** One that is always answered. */
export type AnsweredBody = Exclude<RequestBody, PostedBody>;
