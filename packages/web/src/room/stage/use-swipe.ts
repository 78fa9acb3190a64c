import { useEffect, useRef } from 'preact/hooks';

/** A finger has to go this far, and further than up or down, in CSS pixels. */
const LEAST_WAY = 56;

/** Calls back when a finger wipes over an element. What is dragged or pinched is no swipe. */
export function useSwipe(
  element: { readonly current: HTMLElement | null },
  onSwipe: (direction: 'left' | 'right') => void,
): void {
  const latest = useRef(onSwipe);
  latest.current = onSwipe;
  useEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    let begun: { readonly x: number; readonly y: number } | undefined;
    const start = ({ touches }: TouchEvent) => {
      const [touch] = touches;
      begun = touches.length === 1 && touch ? { x: touch.clientX, y: touch.clientY } : undefined;
    };
    const end = ({ changedTouches }: TouchEvent) => {
      const [touch] = changedTouches;
      if (begun === undefined || touch === undefined) return;
      const [x, y] = [touch.clientX - begun.x, touch.clientY - begun.y];
      begun = undefined;
      if (Math.abs(x) >= LEAST_WAY && Math.abs(x) > 1.5 * Math.abs(y))
        latest.current(x < 0 ? 'left' : 'right');
    };
    target.addEventListener('touchstart', start, { passive: true });
    target.addEventListener('touchend', end, { passive: true });
    return () => {
      target.removeEventListener('touchstart', start);
      target.removeEventListener('touchend', end);
    };
  }, []);
}
