import { ICON_PATHS, type IconName } from './icon-paths.js';
import './icon.css';

export type { IconName };

/** A picture of our own, beside words or in a button that has a label: hidden from screen readers. */
export function Icon({ name, size }: { readonly name: IconName; readonly size?: 's' | 'm' | 'l' | 'xl' }) {
  return (
    <svg
      class={`icon icon-${size ?? 'm'} icon-${name}`}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path d={ICON_PATHS[name]} />
    </svg>
  );
}
