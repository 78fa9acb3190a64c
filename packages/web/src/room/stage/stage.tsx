import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { IconButton } from '../../ui/icon-button.js';
import { useRoom } from '../room-context.js';
import { roomTexts } from '../room-texts.js';
import { stagePlaces } from './stage-places.js';
import { Tile } from './tile.js';
import { useSize } from './use-size.js';
import './stage.css';

/** Space between pictures, in CSS pixels. */
const GAP = 8;

/** The pictures of a call, each in its place. A picture keeps its element wherever it moves, so nothing goes black. */
export function Stage() {
  const { call, view } = useRoom();
  const text = roomTexts();
  const element = useRef<HTMLDivElement>(null);
  const size = useSize(element);
  const [wantedPage, setWantedPage] = useState(0);
  const grid = useRef<{ count: number; columns: number } | undefined>(undefined);
  const plan = view.plan.value;
  const count = plan.kind === 'grid' ? plan.pictures.length : 0;
  const previousColumns = grid.current?.count === count ? grid.current.columns : undefined;
  const places = stagePlaces(plan, { ...size, gap: GAP }, wantedPage, previousColumns);
  grid.current = places.grid && { count, columns: places.grid.columns };
  const people = new Map(call.people.value.map((person) => [person.participantId, person]));
  useStillWhileResized(element, size.width, size.height);
  return (
    <div class={`stage stage-${plan.kind}`}>
      <div class="stage-area" ref={element} role="group" aria-label={text.stage} data-testid="stage">
        {places.placed.map(({ key, picture, rect, role }) => {
          const person = people.get(picture.participantId);
          return (
            person && (
              <Tile
                key={key}
                pictureKey={key}
                person={person}
                source={picture.source}
                rect={rect}
                role={role}
              />
            )
          );
        })}
      </div>
      {places.pages > 1 && (
        <nav class="stage-pages" aria-label={text.page(places.page + 1, places.pages)}>
          <IconButton
            icon="chevron-left"
            kind="solid"
            size="s"
            label={text.previousPage}
            disabled={places.page === 0}
            onClick={() => setWantedPage(places.page - 1)}
          />
          <span class="stage-page" aria-live="polite">
            <span aria-hidden="true">
              {places.page + 1}/{places.pages}
            </span>
            <span class="spoken">{text.page(places.page + 1, places.pages)}</span>
          </span>
          <IconButton
            icon="chevron-right"
            kind="solid"
            size="s"
            label={text.nextPage}
            disabled={places.page === places.pages - 1}
            onClick={() => setWantedPage(places.page + 1)}
          />
        </nav>
      )}
    </div>
  );
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
