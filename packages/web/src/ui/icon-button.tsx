import type { ButtonHTMLAttributes } from 'preact';
import { Icon, type IconName } from './icon.js';
import './icon-button.css';

export interface IconButtonProps extends Omit<ButtonHTMLAttributes, 'icon' | 'size' | 'label' | 'disabled'> {
  readonly icon: IconName;
  /** What it does, for screen readers and as the tip shown when pointed at. */
  readonly label: string;
  /** Key that does the same, shown with the tip and told to screen readers: `M`. */
  readonly shortcut?: string;
  /** A switch: on (true) or off (false). */
  readonly pressed?: boolean;
  /** `plain` on a surface, `solid` with a ground of its own, `video` over pictures, `off` for what is turned off, `danger`, `accent`. */
  readonly kind?: 'plain' | 'solid' | 'video' | 'off' | 'danger' | 'accent';
  readonly size?: 's' | 'm' | 'l';
  readonly disabled?: boolean;
  /** Where the tip appears. */
  readonly tip?: 'above' | 'below' | 'none';
}

/** A button with a picture; its words are a label and a tip. */
export function IconButton({
  icon,
  label,
  shortcut,
  pressed,
  kind,
  size,
  tip,
  class: more,
  ...rest
}: IconButtonProps) {
  const names = ['icon-button', `icon-button-${kind ?? 'plain'}`, `icon-button-${size ?? 'm'}`];
  if (typeof more === 'string') names.push(more);
  return (
    <button
      {...rest}
      type="button"
      class={names.join(' ')}
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
    >
      <Icon name={icon} size={size === 's' ? 's' : size === 'l' ? 'l' : 'm'} />
      {tip !== 'none' && (
        <span class={`icon-button-tip icon-button-tip-${tip ?? 'above'}`} aria-hidden="true">
          {label}
          {shortcut && <kbd>{shortcut}</kbd>}
        </span>
      )}
    </button>
  );
}
