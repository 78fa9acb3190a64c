import type { TrackKind } from '../api/track.js';

/** The elements one track plays in. An element plays one track; attaching another one there replaces it. */
export class Attachments {
  readonly #kind: TrackKind;
  readonly #stream: MediaStream;
  readonly #elements = new Set<HTMLMediaElement>();

  constructor(kind: TrackKind, stream: MediaStream) {
    this.#kind = kind;
    this.#stream = stream;
  }

  /** Elements that still play this track: one that was given another stream since then counts no more. */
  get elements(): readonly HTMLMediaElement[] {
    for (const element of this.#elements) {
      if (element.srcObject !== this.#stream) this.#elements.delete(element);
    }
    return [...this.#elements];
  }

  /** Puts the stream into an element, or into a new one. Playing is the caller's. */
  add(element: HTMLMediaElement = document.createElement(this.#kind)): HTMLMediaElement {
    element.autoplay = true;
    // Without it an iPhone plays full screen.
    if (element instanceof HTMLVideoElement) element.playsInline = true;
    // Video has no sound of its own here, and browsers play without a click what is muted.
    if (this.#kind === 'video') element.muted = true;
    if (element.srcObject !== this.#stream) element.srcObject = this.#stream;
    this.#elements.add(element);
    return element;
  }

  /** Takes the stream out of an element, or out of all; answers those it was taken from. */
  remove(element?: HTMLMediaElement): HTMLMediaElement[] {
    const removed = this.elements.filter((one) => element === undefined || one === element);
    for (const one of removed) {
      this.#elements.delete(one);
      one.srcObject = null;
    }
    return removed;
  }

  /** After the stream got another track: elements that saw the last one end have to load anew. */
  reload(): void {
    for (const element of this.elements) {
      element.srcObject = null;
      element.srcObject = this.#stream;
    }
  }
}
