import type { RemoteTrackPublication, Room, Track } from '../sdk.js';
import { pictureOf } from './person.js';
import { pictureKey } from './stage-plan.js';

const SETTLED_MS = 200;
/** What a tile may be shown in before its size is known. */
const ASKED = { width: 320, height: 180 };

/**
 * Keeps video that nobody has looked at yet from being sent here: pictures of other pages, second cameras. Once a track
 * was attached the SDK follows by itself whether somebody can see it; before that it cannot know. Of video that is
 * withheld in a large room it asks for what is on the screen, once, and for what is pinned.
 */
export class UnseenVideo {
  readonly #room: Room;
  readonly #held = new Set<RemoteTrackPublication>();
  /** Withheld, and asked for since they came onto the screen. */
  readonly #asked = new Set<RemoteTrackPublication>();
  #pinned: RemoteTrackPublication | undefined;
  readonly #attached = new WeakSet<Track>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  /**
   * People, tracks or pictures on the screen are others: looks anew when that has settled, since whoever has just come is
   * on the screen a moment later.
   * @param shown keys of the pictures on the screen
   * @param pinned key of the one that is pinned
   */
  changed(shown: ReadonlySet<string>, pinned?: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(shown, pinned), SETTLED_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(shown: ReadonlySet<string>, pinnedKey: string | undefined): void {
    this.#pin(pinnedKey);
    const here = new Set<RemoteTrackPublication>();
    for (const participant of this.#room.participants) {
      const { participantId } = participant;
      const onScreen = (['camera', 'screen'] as const)
        .filter((source) => shown.has(pictureKey({ participantId, source })))
        .map((source) => pictureOf(participant, source));
      for (const publication of participant.publications) {
        if (publication.kind !== 'video') continue;
        here.add(publication);
        if (publication === this.#pinned) continue;
        if (onScreen.includes(publication)) this.#ask(publication);
        else {
          this.#asked.delete(publication);
          this.#hold(publication);
        }
      }
    }
    for (const known of [this.#held, this.#asked])
      for (const publication of known) if (!here.has(publication)) known.delete(publication);
  }

  /** A picture is on the screen: from now on its size decides. Answers what to call should it go before that is known. */
  attached(track: Track): () => void {
    this.#attached.add(track);
    const held = [...this.#held].find((publication) => publication.track === track);
    if (held === undefined) return () => undefined;
    // A frame later the SDK knows the size: asked for before, the picture would come in full.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => this.#release(held));
    });
    return () => {
      cancelAnimationFrame(frame);
      // Nothing is known of a picture that came and went within a frame.
      if (this.#held.has(held)) this.#attached.delete(track);
    };
  }

  #pin(key: string | undefined): void {
    const find = (source: 'camera' | 'screen') =>
      this.#room.participants
        .filter(({ participantId }) => pictureKey({ participantId, source }) === key)
        .map((participant) => pictureOf(participant, source))[0];
    const pinned = find('camera') ?? find('screen');
    if (pinned === this.#pinned) return;
    const before = this.#pinned;
    this.#pinned = pinned;
    before?.setWanted(undefined);
    if (pinned === undefined) return;
    this.#held.delete(pinned);
    pinned.setWanted({ pinned: true });
  }

  /** What the server withholds is never attached: that somebody looks at its place it has to be told. */
  #ask(publication: RemoteTrackPublication): void {
    if (!publication.withheld || this.#asked.has(publication)) return;
    this.#asked.add(publication);
    this.#held.add(publication);
    publication.setWanted(ASKED);
  }

  #hold(publication: RemoteTrackPublication): void {
    if (this.#held.has(publication)) return;
    if (publication.track !== undefined && this.#attached.has(publication.track)) return;
    this.#held.add(publication);
    publication.setWanted({ paused: true });
  }

  #release(publication: RemoteTrackPublication): void {
    if (this.#held.delete(publication)) publication.setWanted(undefined);
  }
}
