/** A link as people read it: 마당 and not `%EB%A7%88…`. What could end or split it stays encoded, so it works when typed off. */
export function shownLink(link: string): string {
  try {
    return decodeURI(link).replace(/[\s\p{C}]/gu, encodeURIComponent);
  } catch {
    return link;
  }
}
