/**
 * A link as people read it: 마당 and not `%EB%A7%88…`, and without the access token, which nobody reads and no shoulder
 * should see. What could end or split it stays encoded, so it works when typed off.
 */
export function shownLink(link: string): string {
  const shown = link.replace(/#token=.*$/, '');
  try {
    return decodeURI(shown).replace(/[\s\p{C}]/gu, encodeURIComponent);
  } catch {
    return shown;
  }
}
