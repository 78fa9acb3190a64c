import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';
import './field.css';

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string;
  /** What is wrong with the value; told to screen readers when it appears. */
  readonly problem?: string | undefined;
  /** A button inside the field, at its end. */
  readonly end?: ComponentChildren;
  readonly testId?: string;
  readonly maxLength?: number;
  readonly placeholder?: string;
  /** Whatever else an input may carry. */
  readonly attributes?: InputHTMLAttributes;
}

/** One line of text to fill in, with its label. */
export function Field({
  label,
  value,
  onInput,
  hint,
  problem,
  end,
  testId,
  maxLength,
  placeholder,
  attributes,
}: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = problem ?? hint;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <div class="field-box">
        <input
          {...attributes}
          id={id}
          class="field-input"
          value={value}
          maxLength={maxLength}
          placeholder={placeholder}
          data-testid={testId}
          aria-invalid={problem !== undefined}
          aria-describedby={note === undefined ? undefined : noteId}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {end}
      </div>
      <div
        id={noteId}
        class={problem === undefined ? 'field-note' : 'field-note field-problem'}
        aria-live="polite"
      >
        {note}
      </div>
    </div>
  );
}
