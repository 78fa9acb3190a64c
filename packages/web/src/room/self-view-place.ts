/** Where the own picture floats. */
export type Corner = 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right';

export interface Place {
  readonly left: number;
  readonly top: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Distance from the edges, in CSS pixels. */
const EDGE = 28;
/** Height the controls take at the bottom; the own picture stands above them where it would be under them. */
const CONTROLS = 84;
/** In a window this wide the controls end before the corners begin. */
const CORNERS_ARE_FREE = 1080;

/** How large the own picture is in an area: upright in an upright window, as a phone's camera is. */
export function selfViewSize({ width, height }: Size): Size {
  if (height > width) {
    const across = Math.round(Math.min(144, Math.max(88, width * 0.27)));
    return { width: across, height: Math.round((across * 4) / 3) };
  }
  const across = Math.round(Math.min(256, Math.max(128, width * 0.17)));
  return { width: across, height: Math.round((across * 9) / 16) };
}

/** The upper left corner of a picture of `size` in a corner of an area. */
export function cornerPlace(corner: Corner, area: Size, size: Size): Place {
  const edge = area.width < 600 ? 18 : EDGE;
  const below = area.width < CORNERS_ARE_FREE ? CONTROLS + 12 : edge;
  return {
    left: corner.endsWith('left') ? edge : Math.max(edge, area.width - size.width - edge),
    top: corner.startsWith('top') ? edge : Math.max(edge, area.height - size.height - below),
  };
}

/** The corner a picture was dropped next to. */
export function nearestCorner(dropped: Place, area: Size, size: Size): Corner {
  const left = dropped.left + size.width / 2 < area.width / 2;
  const top = dropped.top + size.height / 2 < area.height / 2;
  return `${top ? 'top' : 'bottom'}-${left ? 'left' : 'right'}`;
}

/** The corner an arrow key leads to; undefined for other keys and where there is none further. */
export function neighbourCorner(corner: Corner, key: string): Corner | undefined {
  const [vertical, horizontal] = corner.split('-') as ['top' | 'bottom', 'left' | 'right'];
  switch (key) {
    case 'ArrowUp':
      return vertical === 'top' ? undefined : `top-${horizontal}`;
    case 'ArrowDown':
      return vertical === 'bottom' ? undefined : `bottom-${horizontal}`;
    case 'ArrowLeft':
      return horizontal === 'left' ? undefined : `${vertical}-left`;
    case 'ArrowRight':
      return horizontal === 'right' ? undefined : `${vertical}-right`;
    default:
      return undefined;
  }
}
