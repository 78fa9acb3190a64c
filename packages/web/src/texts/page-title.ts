import { useEffect } from 'preact/hooks';

/** Names the page: the tab, the history, and what a screen reader says first. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
