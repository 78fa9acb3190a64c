import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon.js';
import { placeBeside } from './place-beside.js';
import './menu.css';

/** Something to choose in a menu. */
export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  /** A second, smaller line. */
  readonly hint?: string;
  /** A key that does the same: shown at the end of the line. */
  readonly shortcut?: string;
  /** With a value it is one of several to choose from, or a switch: shown with a tick. */
  readonly checked?: boolean;
  readonly disabled?: boolean;
  readonly danger?: boolean;
  readonly testId?: string;
  readonly onSelect: () => void;
}

export type MenuEntry = MenuItem | 'separator' | { readonly heading: string };

/** What the button that opens the menu has to carry: spread it on `Button` or `IconButton`. */
export interface MenuTrigger {
  readonly id: string;
  readonly 'aria-haspopup': 'menu';
  readonly 'aria-expanded': boolean;
  readonly 'aria-controls': string;
  readonly onClick: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

export interface MenuProps {
  /** Names the menu for screen readers. */
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  readonly trigger: (trigger: MenuTrigger) => ComponentChildren;
  readonly testId?: string;
  readonly side?: 'above' | 'below';
  readonly align?: 'start' | 'center' | 'end';
}

/** A button with a menu (WAI-ARIA menu button): arrows, Home, End, first letters, Escape, a press elsewhere. */
export function Menu({ label, entries, trigger, testId, side, align }: MenuProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  const triggerId = `${id}-trigger`;
  const close = () => {
    setOpen(false);
    document.getElementById(triggerId)?.focus();
  };
  return (
    <>
      {trigger({
        id: triggerId,
        'aria-haspopup': 'menu',
        'aria-expanded': open,
        'aria-controls': `${id}-menu`,
        onClick: () => setOpen(!open),
        onKeyDown: (event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
          event.preventDefault();
          setOpen(true);
        },
      })}
      {open && (
        <MenuList
          id={`${id}-menu`}
          element={element}
          triggerId={triggerId}
          label={label}
          entries={entries}
          testId={testId}
          side={side ?? 'below'}
          align={align ?? 'start'}
          close={close}
          dismiss={() => setOpen(false)}
        />
      )}
    </>
  );
}

interface MenuListProps {
  readonly id: string;
  readonly element: { current: HTMLDivElement | null };
  readonly triggerId: string;
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  readonly testId: string | undefined;
  readonly side: 'above' | 'below';
  readonly align: 'start' | 'center' | 'end';
  /** Closes and gives the focus back. */
  readonly close: () => void;
  /** Closes and leaves the focus where it went. */
  readonly dismiss: () => void;
}

function MenuList(props: MenuListProps) {
  const { element, triggerId, side, align, dismiss } = props;

  // Before the next key arrives, which is meant for the menu.
  useLayoutEffect(() => {
    const list = element.current;
    const button = document.getElementById(triggerId);
    if (!list || !button) return undefined;
    list.showPopover?.();
    const place = () => placeBeside(list, button, { side, align });
    place();
    itemsOf(list)[0]?.focus({ preventScroll: true });
    const pressed = (event: Event) => {
      const at = event.target;
      if (at instanceof Node && !list.contains(at) && !button.contains(at)) dismiss();
    };
    document.addEventListener('pointerdown', pressed, true);
    window.addEventListener('resize', place);
    return () => {
      document.removeEventListener('pointerdown', pressed, true);
      window.removeEventListener('resize', place);
    };
  }, []);

  return (
    <div
      ref={element}
      id={props.id}
      class="menu"
      role="menu"
      popover="manual"
      aria-label={props.label}
      data-testid={props.testId}
      onKeyDown={(event) => handleKey(event, props)}
    >
      {props.entries.map((entry, index) => (
        <Entry key={index} entry={entry} close={props.close} />
      ))}
    </div>
  );
}

function Entry({ entry, close }: { readonly entry: MenuEntry; readonly close: () => void }) {
  if (entry === 'separator') return <div class="menu-line" role="separator" />;
  if ('heading' in entry) return <div class="menu-heading">{entry.heading}</div>;
  return (
    <button
      type="button"
      class={`menu-item${entry.danger ? ' menu-item-danger' : ''}`}
      role={entry.checked === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked={entry.checked}
      aria-disabled={entry.disabled}
      aria-keyshortcuts={entry.shortcut}
      tabIndex={-1}
      data-testid={entry.testId}
      onClick={() => {
        if (entry.disabled) return;
        close();
        entry.onSelect();
      }}
      onPointerMove={(event) => event.currentTarget.focus({ preventScroll: true })}
    >
      {entry.checked === undefined ? (
        entry.icon && <Icon name={entry.icon} />
      ) : (
        <span class="menu-tick">{entry.checked && <Icon name="check" />}</span>
      )}
      <span class="menu-words">
        {entry.label}
        {entry.hint && <span class="menu-hint">{entry.hint}</span>}
      </span>
      {entry.shortcut && <kbd class="menu-key">{entry.shortcut}</kbd>}
    </button>
  );
}

function handleKey(event: KeyboardEvent, { element, close, dismiss }: MenuListProps): void {
  const list = element.current;
  if (!list) return;
  const items = itemsOf(list);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const go = (index: number) => items[(index + items.length) % items.length]?.focus();
  switch (event.key) {
    case 'ArrowDown':
      go(at + 1);
      break;
    case 'ArrowUp':
      go(at < 0 ? -1 : at - 1);
      break;
    case 'Home':
      go(0);
      break;
    case 'End':
      go(-1);
      break;
    case 'Escape':
      close();
      break;
    case 'Tab':
      dismiss();
      return;
    default:
      if (event.key.length !== 1 || event.key === ' ' || event.ctrlKey || event.metaKey || event.altKey)
        return;
      goToLetter(event.key, items, at);
  }
  event.preventDefault();
  event.stopPropagation();
}

function goToLetter(letter: string, items: readonly HTMLElement[], at: number): void {
  const wanted = letter.toLowerCase();
  const rotated = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  rotated.find((item) => item.textContent.trim().toLowerCase().startsWith(wanted))?.focus();
}

function itemsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('.menu-item:not([aria-disabled=true])')];
}
