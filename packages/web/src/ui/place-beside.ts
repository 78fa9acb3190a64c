const GAP = 8;

/** Puts a fixed element above or below another one, inside the window; on the other side when there is no room. */
export function placeBeside(
  element: HTMLElement,
  anchor: HTMLElement,
  { side, align }: { readonly side: 'above' | 'below'; readonly align: 'start' | 'center' | 'end' },
): void {
  const place = besidePlace(
    anchor.getBoundingClientRect(),
    { width: element.offsetWidth, height: element.offsetHeight },
    { width: document.documentElement.clientWidth, height: window.innerHeight },
    side,
    align,
  );
  element.style.setProperty('left', `${place.left}px`);
  element.style.setProperty('top', `${place.top}px`);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where the upper left corner of `size` goes, in pixels of the window. */
export function besidePlace(
  anchor: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
  size: Size,
  room: Size,
  side: 'above' | 'below',
  align: 'start' | 'center' | 'end',
): { readonly left: number; readonly top: number } {
  const above = anchor.top - GAP - size.height;
  const below = anchor.bottom + GAP;
  const fitsAbove = above >= GAP;
  const fitsBelow = below + size.height <= room.height - GAP;
  const top =
    side === 'above' ? (fitsAbove || !fitsBelow ? above : below) : fitsBelow || !fitsAbove ? below : above;
  const starts = {
    start: anchor.left,
    center: (anchor.left + anchor.right - size.width) / 2,
    end: anchor.right - size.width,
  };
  return { left: within(starts[align], size.width, room.width), top: within(top, size.height, room.height) };
}

function within(start: number, length: number, room: number): number {
  return Math.max(GAP, Math.min(start, room - GAP - length));
}
