import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isSilent } from '../call/person.js';
import type { Person } from '../call/person.js';
import { preferences } from '../settings/preferences.js';
import { Avatar } from '../ui/avatar.js';
import { Icon } from '../ui/icon.js';
import { IconButton } from '../ui/icon-button.js';
import { Menu } from '../ui/menu.js';
import { useRoom } from './room-context.js';
import { roomTexts } from './room-texts.js';
import { cornerPlace, nearestCorner, neighbourCorner, selfViewSize } from './self-view-place.js';
import type { Corner, Place } from './self-view-place.js';
import { isMirrored } from './stage/mirrored.js';
import { PictureVideo } from './stage/picture-video.js';
import { selfEntries } from './stage/tile-menu.js';
import { useSize } from './stage/use-size.js';
import './self-view.css';

/** Oneself in a corner, over the others: can be dragged, or moved with the arrow keys, from corner to corner. */
export function SelfView({ area }: { readonly area: RefObject<HTMLElement | null> }) {
  const context = useRoom();
  const { call } = context;
  const text = roomTexts();
  const element = useRef<HTMLElement>(null);
  const [corner, setCorner] = useState<Corner>('bottom-right');
  const [seen, setSeen] = useState(false);
  const room = useSize(area);
  const size = selfViewSize(room);
  const place = cornerPlace(corner, room, size);
  const drag = useDrag(element, place, (dropped) => setCorner(nearestCorner(dropped, room, size)));
  const self = call.self.value;
  const speaking = call.speaking.value.has(self.participantId);

  useLayoutEffect(() => {
    const style = element.current?.style;
    style?.setProperty('width', `${size.width}px`);
    style?.setProperty('height', `${size.height}px`);
  }, [size.width, size.height]);

  return (
    <section
      ref={element}
      class={speaking ? 'self-view self-view-speaking' : 'self-view'}
      aria-label={text.selfView}
      data-testid="self-view"
      {...drag}
    >
      {!(self.camera && seen) && (
        <div class="self-view-blank">
          <Avatar name={self.name} size="fill" />
        </div>
      )}
      {self.camera?.track && (
        <PictureVideo
          track={self.camera.track}
          mirrored={isMirrored(self.camera.track, preferences.value.mirrorSelf)}
          coverAspect={size.width / size.height}
          onPicture={setSeen}
        />
      )}
      <button
        type="button"
        class="self-view-move"
        aria-label={`${text.selfView}. ${text.selfViewHint}`}
        onKeyDown={(event) => {
          const next = neighbourCorner(corner, event.key);
          if (next === undefined) return;
          event.preventDefault();
          setCorner(next);
        }}
      />
      <Marks self={self} />
      <div class="self-view-tools">
        <Menu
          label={text.selfViewMenu}
          entries={selfEntries(context)}
          align="end"
          testId="self-view-menu-list"
          trigger={(trigger) => (
            <IconButton
              {...trigger}
              icon="more"
              kind="video"
              size="s"
              tip="none"
              label={text.selfViewMenu}
              data-testid="self-view-menu"
            />
          )}
        />
      </div>
    </section>
  );
}

function Marks({ self }: { readonly self: Person }) {
  return (
    <>
      {self.handRaised && (
        <span class="self-view-mark self-view-hand">
          <Icon name="hand" size="s" />
        </span>
      )}
      {isSilent(self) && (
        <span class="self-view-mark self-view-muted">
          <Icon name="microphone-off" size="s" />
        </span>
      )}
    </>
  );
}

/** Follows the pointer; glides to its place when let go. A press that hardly moves is no drag. */
function useDrag(
  element: RefObject<HTMLElement | null>,
  place: Place,
  onDrop: (place: Place) => void,
): {
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: (event: PointerEvent) => void;
} {
  const start = useRef<{ x: number; y: number; moved: boolean } | undefined>(undefined);
  const show = (at: Place) =>
    element.current?.style.setProperty('transform', `translate(${at.left}px, ${at.top}px)`);
  useLayoutEffect(() => {
    if (start.current === undefined) show(place);
  });
  const at = (event: PointerEvent): Place => {
    const from = start.current;
    if (from === undefined) return place;
    return { left: place.left + event.clientX - from.x, top: place.top + event.clientY - from.y };
  };
  const end = (event: PointerEvent) => {
    const from = start.current;
    if (from === undefined) return;
    const dropped = at(event);
    start.current = undefined;
    element.current?.classList.remove('self-view-dragged');
    show(place);
    if (from.moved && event.type === 'pointerup') onDrop(dropped);
  };
  return {
    onPointerDown: (event) => {
      const tool = event.target instanceof Element && event.target.closest('.self-view-tools, [role=menu]');
      if (event.button !== 0 || tool) return;
      start.current = { x: event.clientX, y: event.clientY, moved: false };
      element.current?.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event) => {
      const from = start.current;
      if (from === undefined) return;
      if (!from.moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 4) return;
      from.moved = true;
      element.current?.classList.add('self-view-dragged');
      show(at(event));
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}
