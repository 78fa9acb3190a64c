import { useLayoutEffect, useRef } from 'preact/hooks';
import { useRoom } from '../room-context.js';
import { roomTexts } from '../room-texts.js';
import { StagePages } from './stage-pages.js';
import { stagePlaces } from './stage-places.js';
import type { StagePlaces } from './stage-places.js';
import { Tile } from './tile.js';
import { useSize } from './use-size.js';
import { useSwipe } from './use-swipe.js';
import './stage.css';

/** Space between pictures, in CSS pixels. */
const GAP = 8;

/** From so many pictures on they jump to their places: to make them all glide is more than weak machines can. */
const MANY = 9;

/**
 * The pictures of a call, each in its place; those of other pages are not there at all, so nothing of them is received. A
 * picture keeps its element wherever it moves, so nothing goes black. Drawn anew only when pictures come, go or move: what
 * changes of a person, each tile follows for itself.
 */
export function Stage() {
  const { view } = useRoom();
  const text = roomTexts();
  const element = useRef<HTMLDivElement>(null);
  const size = useSize(element);
  const grid = useRef<{ count: number; columns: number } | undefined>(undefined);
  const plan = view.plan.value;
  const count = plan.kind === 'grid' ? plan.pictures.length : 0;
  const previousColumns = grid.current?.count === count ? grid.current.columns : undefined;
  const places = stagePlaces(plan, { ...size, gap: GAP }, view.wantedPage.value, previousColumns);
  grid.current = places.grid && { count, columns: places.grid.columns };
  useStillWhileResized(element, size.width, size.height);
  useTellShown(places, size.width > 0);
  useSwipe(element, (direction) => view.turnPage(direction === 'left' ? 1 : -1));
  const names = ['stage', `stage-${plan.kind}`];
  if (places.placed.length >= MANY) names.push('stage-many');
  return (
    <div class={names.join(' ')}>
      <div class="stage-area" ref={element} role="group" aria-label={text.stage} data-testid="stage">
        {places.placed.map(({ key, picture, rect, role }) => (
          <Tile
            key={key}
            pictureKey={key}
            participantId={picture.participantId}
            source={picture.source}
            left={rect.left}
            top={rect.top}
            width={rect.width}
            height={rect.height}
            role={role}
          />
        ))}
      </div>
      {places.pages > 1 && <StagePages page={places.page} pages={places.pages} pageOf={places.pageOf} />}
    </div>
  );
}

/** Says what stands on the stage: the rest is not to be sent here. */
function useTellShown({ placed, page, pages }: StagePlaces, isDrawn: boolean): void {
  const { view } = useRoom();
  const keys = placed.map(({ key }) => key);
  useLayoutEffect(() => {
    if (isDrawn) view.shown.value = { page, pages, keys: new Set(keys) };
  }, [isDrawn, page, pages, keys.join(' ')]);
}

/** While a window is dragged the pictures follow at once; they glide only when people come and go. */
function useStillWhileResized(element: { current: HTMLElement | null }, width: number, height: number): void {
  useLayoutEffect(() => {
    const stage = element.current;
    if (!stage) return undefined;
    stage.classList.add('stage-still');
    const timer = setTimeout(() => stage.classList.remove('stage-still'), 150);
    return () => clearTimeout(timer);
  }, [width, height]);
}
