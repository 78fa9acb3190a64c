import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Controls fade after this long without a movement or a key. */
const IDLE_MS = 3500;

/**
 * Whether nothing has been moved or pressed for a while. Never while something within `keep` is pointed at or has the
 * focus by the keyboard: whoever is about to press a button is not idle.
 */
export function useIdle(keep: RefObject<HTMLElement | null>): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const held = () =>
      keep.current?.matches(':hover') === true ||
      (keep.current?.querySelector(':focus-visible') ?? null) !== null;
    const rest = () => {
      if (held() || document.querySelector('dialog[open], [role=menu]') !== null) wake();
      else setIdle(true);
    };
    const wake = () => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(rest, IDLE_MS);
    };
    const events = ['pointermove', 'pointerdown', 'keydown', 'focusin', 'wheel'] as const;
    for (const name of events) window.addEventListener(name, wake, { passive: true });
    wake();
    return () => {
      clearTimeout(timer);
      for (const name of events) window.removeEventListener(name, wake);
    };
  }, []);
  return idle;
}
