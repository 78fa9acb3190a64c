/** What can be listened to: names of events and what each carries, as the arguments of a listener. */
export type EventMap<Events> = { readonly [Name in keyof Events]: readonly unknown[] };

/** Typed events. Listeners run in the order they were added; one that throws does not keep the others from running. */
export interface EventSource<Events extends EventMap<Events>> {
  /** Calls `listener` at each event; answers a function that stops it. */
  on<Name extends keyof Events>(name: Name, listener: (...details: Events[Name]) => void): () => void;
  /** Calls `listener` at the next such event only. */
  once<Name extends keyof Events>(name: Name, listener: (...details: Events[Name]) => void): () => void;
  /** Stops a listener. */
  off<Name extends keyof Events>(name: Name, listener: (...details: Events[Name]) => void): void;
}
