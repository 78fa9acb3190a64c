import './brand-mark.css';

/** The persimmon. Drawn here and not loaded: it is seen also when the server has gone. */
export function BrandMark() {
  return (
    <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle class="brand-mark-fruit" cx="16" cy="18" r="12" />
      <path
        class="brand-mark-leaf"
        d="M16 10c-2.2-3.6-5.4-4.6-8-4 1.2 2.8 4 4.8 8 4Zm0 0c2.2-3.6 5.4-4.6 8-4-1.2 2.8-4 4.8-8 4Z"
      />
      <path class="brand-mark-stem" d="M16 10V4" />
    </svg>
  );
}
