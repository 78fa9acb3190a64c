import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.js';
import './button.css';

export interface ButtonProps extends Omit<ButtonHTMLAttributes, 'icon' | 'size' | 'type' | 'disabled'> {
  /** `primary`: the one action of a screen. `quiet`: no border until pointed at. */
  readonly kind?: 'primary' | 'secondary' | 'quiet' | 'danger';
  readonly size?: 'm' | 'l';
  readonly icon?: IconName;
  /** After the words. */
  readonly iconAfter?: IconName;
  /** As wide as there is room. */
  readonly wide?: boolean;
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  readonly children?: ComponentChildren;
}

/** A button with words. For one with a picture alone there is `IconButton`. */
export function Button({
  kind,
  size,
  icon,
  iconAfter,
  wide,
  type,
  class: more,
  children,
  ...rest
}: ButtonProps) {
  const names = ['button', `button-${kind ?? 'secondary'}`, `button-${size ?? 'm'}`];
  if (wide) names.push('button-wide');
  if (typeof more === 'string') names.push(more);
  return (
    <button {...rest} type={type ?? 'button'} class={names.join(' ')}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
      {iconAfter && <Icon name={iconAfter} />}
    </button>
  );
}
