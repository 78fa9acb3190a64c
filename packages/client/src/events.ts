import type { EventMap, EventSource } from './api/events.js';

type Listener<Details extends readonly unknown[]> = (...details: Details) => void;

interface Entry<Details extends readonly unknown[]> {
  readonly listener: Listener<Details>;
  readonly once: boolean;
}

type Entries<Events extends EventMap<Events>> = {
  [Name in keyof Events]?: readonly Entry<Events[Name]>[];
};

/**
 * The one implementation of {@link EventSource}. Each event goes to those who listened when it began: a listener added
 * meanwhile hears the next one, one removed meanwhile hears no more. A listener that throws is reported as an uncaught
 * error (`reportError`) and the others run on. As with `EventTarget`, adding a listener twice to one event adds it once.
 */
export class Emitter<Events extends EventMap<Events>> implements EventSource<Events> {
  /** The lists are replaced, never changed, so that a running `emit` keeps its own. */
  readonly #entries: Entries<Events> = {};

  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    return this.#add(name, { listener, once: false });
  }

  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    return this.#add(name, { listener, once: true });
  }

  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    this.#entries[name] = this.#entries[name]?.filter((entry) => entry.listener !== listener) ?? [];
  }

  /** For subclasses: calls the listeners of `name`. */
  protected emit<Name extends keyof Events>(name: Name, ...details: Events[Name]): void {
    for (const entry of this.#entries[name] ?? []) {
      if (this.#entries[name]?.includes(entry) !== true) continue;
      if (entry.once) this.off(name, entry.listener);
      try {
        entry.listener(...details);
      } catch (error) {
        reportError(error);
      }
    }
  }

  #add<Name extends keyof Events>(name: Name, entry: Entry<Events[Name]>): () => void {
    const entries = this.#entries[name] ?? [];
    if (!entries.some(({ listener }) => listener === entry.listener)) {
      this.#entries[name] = [...entries, entry];
    }
    return () => this.off(name, entry.listener);
  }
}
