/**
 * Tells of moments at which the network is probably another one than a second ago: `back` when the browser says it is
 * online or a page is looked at again (timers of hidden pages are slow), `gone` when it says it is offline. Answers a
 * function that stops it. Where there are no such events (Node), nothing is told.
 */
export function onWake(listener: (what: 'back' | 'gone') => void): () => void {
  const scope = globalThis as { addEventListener?: unknown; document?: Document };
  if (typeof scope.addEventListener !== 'function') return () => undefined;
  const page = scope.document;
  const online = () => {
    listener('back');
  };
  const offline = () => {
    listener('gone');
  };
  const shown = () => {
    if (page?.visibilityState === 'visible') listener('back');
  };
  globalThis.addEventListener('online', online);
  globalThis.addEventListener('offline', offline);
  page?.addEventListener('visibilitychange', shown);
  return () => {
    globalThis.removeEventListener('online', online);
    globalThis.removeEventListener('offline', offline);
    page?.removeEventListener('visibilitychange', shown);
  };
}
