import type { WantedMedia } from '../api/track.js';
import { isWorthTelling, wantedBy } from './wanted-size.js';
import type { ShownBox } from './wanted-size.js';

/** A picture that nobody sees is wanted for so long, lest turning a page makes it come anew. */
const PAUSE_AFTER_MS = 2000;

/** Which size an element belongs to: it shows one picture. */
const owners = new WeakMap<Element, ShownSize>();

/** Says in which size a picture is shown, if at all, in all the elements it plays in. */
export class ShownSize {
  readonly #onWanted: (wanted: WantedMedia) => void;
  readonly #boxes = new Map<HTMLMediaElement, { isIntersecting: boolean; width: number; height: number }>();
  readonly #resizes: ResizeObserver;
  readonly #intersections: IntersectionObserver;
  readonly #evaluate = (): void => this.#look();
  /** Who never attaches it plays the track in another way: nothing is known of its size then. */
  #wasAdded = false;
  #told: WantedMedia | undefined;
  #pauseTimer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  /** @param onWanted told when it is another size, and nothing (`paused`) only after two seconds */
  constructor(onWanted: (wanted: WantedMedia) => void) {
    this.#onWanted = onWanted;
    this.#resizes = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        const box = this.#boxes.get(target as HTMLMediaElement);
        if (box) Object.assign(box, { width: contentRect.width, height: contentRect.height });
      }
      this.#look();
    });
    this.#intersections = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const box = this.#boxes.get(target as HTMLMediaElement);
        if (box) box.isIntersecting = isIntersecting;
      }
      this.#look();
    });
    document.addEventListener('visibilitychange', this.#evaluate);
  }

  add(element: HTMLMediaElement): void {
    const owner = owners.get(element);
    if (owner === this || this.#isStopped) return;
    owner?.remove(element);
    this.#wasAdded = true;
    owners.set(element, this);
    this.#boxes.set(element, { isIntersecting: false, width: 0, height: 0 });
    this.#resizes.observe(element);
    this.#intersections.observe(element);
    for (const event of PICTURE_IN_PICTURE) element.addEventListener(event, this.#evaluate);
  }

  remove(element: HTMLMediaElement): void {
    if (!this.#boxes.delete(element)) return;
    owners.delete(element);
    this.#resizes.unobserve(element);
    this.#intersections.unobserve(element);
    for (const event of PICTURE_IN_PICTURE) element.removeEventListener(event, this.#evaluate);
    this.#look();
  }

  /** The picture has ended: nothing is told any more. */
  stop(): void {
    this.#isStopped = true;
    for (const element of this.#boxes.keys()) this.remove(element);
    clearTimeout(this.#pauseTimer);
    this.#resizes.disconnect();
    this.#intersections.disconnect();
    document.removeEventListener('visibilitychange', this.#evaluate);
  }

  #look(): void {
    if (!this.#wasAdded) return;
    const wanted = wantedBy(this.#shownBoxes());
    if (wanted.paused !== true) {
      clearTimeout(this.#pauseTimer);
      this.#pauseTimer = undefined;
      this.#tell(wanted);
    } else {
      this.#pauseTimer ??= setTimeout(() => this.#tell(wanted), PAUSE_AFTER_MS);
    }
  }

  #tell(wanted: WantedMedia): void {
    if (!isWorthTelling(this.#told, wanted)) return;
    this.#told = wanted;
    this.#onWanted(wanted);
  }

  *#shownBoxes(): Iterable<ShownBox> {
    for (const [element, { isIntersecting, width, height }] of this.#boxes) {
      const isApart = document.pictureInPictureElement === element;
      const visible = isApart || (isIntersecting && !document.hidden);
      yield { visible, width: width * devicePixelRatio, height: height * devicePixelRatio };
    }
  }
}

const PICTURE_IN_PICTURE = ['enterpictureinpicture', 'leavepictureinpicture'];
