import { hueOf, initialsOf } from './initials.js';
import './avatar.css';

/** Stands for somebody without a picture: the initials on a colour of their own. Hidden from screen readers. */
export function Avatar({ name, size }: { readonly name: string; readonly size?: 's' | 'm' | 'l' | 'fill' }) {
  return (
    <span class={`avatar avatar-${size ?? 'm'} avatar-hue-${hueOf(name)}`} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}
