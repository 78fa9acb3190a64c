import { useId } from 'preact/hooks';
import { Icon, type IconName } from './icon.js';
import './select.css';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
}

export interface SelectProps {
  readonly label: string;
  /** Shows the label to screen readers only. */
  readonly labelHidden?: boolean;
  readonly icon?: IconName;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly onChange: (value: string) => void;
  readonly disabled?: boolean;
  readonly testId?: string;
}

/** One of several, in the browser's own list: works everywhere, on phones too. */
export function Select({
  label,
  labelHidden,
  icon,
  value,
  options,
  onChange,
  disabled,
  testId,
}: SelectProps) {
  const id = useId();
  return (
    <div class="select">
      <label class={labelHidden ? 'spoken' : 'select-label'} for={id}>
        {label}
      </label>
      <div class="select-box">
        {icon && <Icon name={icon} />}
        <select
          id={id}
          class={icon ? 'select-input select-input-icon' : 'select-input'}
          value={value}
          disabled={disabled}
          data-testid={testId}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
        <Icon name="chevron-down" size="s" />
      </div>
    </div>
  );
}
