/** What a key does in the room. */
export type ShortcutAction =
  | 'microphone'
  | 'camera'
  | 'share'
  | 'chat'
  | 'people'
  | 'layout'
  | 'hand'
  | 'topology'
  | 'nextPage'
  | 'previousPage'
  | 'help'
  | 'talk';

/** The keys as they are shown, in the order they are shown. */
export const SHORTCUT_KEYS: readonly { readonly key: string; readonly action: ShortcutAction }[] = [
  { key: 'M', action: 'microphone' },
  { key: 'V', action: 'camera' },
  { key: 'S', action: 'share' },
  { key: 'C', action: 'chat' },
  { key: 'P', action: 'people' },
  { key: 'L', action: 'layout' },
  { key: 'H', action: 'hand' },
  { key: 'T', action: 'topology' },
  { key: 'PageDown', action: 'nextPage' },
  { key: 'PageUp', action: 'previousPage' },
  { key: 'Space', action: 'talk' },
  { key: '?', action: 'help' },
];

/** What matters of a KeyboardEvent. */
export interface KeyPress {
  /** UI Events `key`: what the layout makes of it. */
  readonly key: string;
  /** UI Events `code`: which key it is, whatever the layout. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly isComposing: boolean;
}

/** Where the press went: into something one writes in, into something a key operates, or anywhere else. */
export type KeyTarget = 'text' | 'control' | 'page';

/**
 * The action of a key press, if it has one. Letters are told by `code` where the layout gives no Latin letter: with a
 * Korean layout the M key says `ㅡ`. Nothing is taken from whoever writes; Space is left to buttons.
 */
export function shortcutOf(press: KeyPress, target: KeyTarget): ShortcutAction | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey || press.isComposing || target === 'text') {
    return undefined;
  }
  if (press.key === '?') return 'help';
  if (press.key === 'PageDown') return 'nextPage';
  if (press.key === 'PageUp') return 'previousPage';
  if (press.code === 'Space') return target === 'page' ? 'talk' : undefined;
  const letter = /^[a-z]$/iu.test(press.key) ? press.key.toUpperCase() : letterOf(press.code);
  return SHORTCUT_KEYS.find(({ key }) => key === letter)?.action;
}

function letterOf(code: string): string | undefined {
  return /^Key([A-Z])$/u.exec(code)?.[1];
}
