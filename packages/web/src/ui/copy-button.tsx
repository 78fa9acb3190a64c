import { useEffect, useState } from 'preact/hooks';
import { Button } from './button.js';
import { uiTexts } from './ui-texts.js';

/** Copies a text and says so in its own words. */
export function CopyButton({
  value,
  kind,
  label,
  testId,
}: {
  readonly value: string;
  readonly kind?: 'primary' | 'secondary' | 'quiet';
  readonly label?: string;
  readonly testId?: string;
}) {
  const text = uiTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      kind={kind ?? 'secondary'}
      icon={copied ? 'check' : 'copy'}
      data-testid={testId}
      onClick={() => {
        void copyText(value).then(setCopied);
      }}
    >
      <span aria-live="polite">{copied ? text.copied : (label ?? text.copyLink)}</span>
    </Button>
  );
}

/** Puts a text into the clipboard; whether that worked. Without HTTPS the old way is taken. */
export async function copyText(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copyBySelection(value);
  }
}

function copyBySelection(value: string): boolean {
  const area = document.createElement('textarea');
  area.value = value;
  area.className = 'spoken';
  // Inside an open dialog everything else is inert and cannot be selected.
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const worked = document.execCommand('copy');
  area.remove();
  return worked;
}
