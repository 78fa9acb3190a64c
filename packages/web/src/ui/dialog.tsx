import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { IconButton } from './icon-button.js';
import { uiTexts } from './ui-texts.js';
import './dialog.css';

export interface DialogProps {
  readonly open: boolean;
  readonly title: string;
  /** Called for Escape, the cross and a press beside the dialog: set `open` to false then. */
  readonly onClose: () => void;
  readonly size?: 's' | 'm' | 'l';
  readonly testId?: string;
  /** Buttons at the foot. */
  readonly footer?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A modal dialog: keeps the focus, gives it back, closes with Escape. Its children are there only while it is open. */
export function Dialog(props: DialogProps) {
  return props.open ? <OpenDialog {...props} /> : null;
}

function OpenDialog({ title, onClose, size, testId, footer, children }: DialogProps) {
  const text = uiTexts();
  const element = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const titleId = useId();
  const pressedOutside = useRef(false);

  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  // What scrolls is reached by the keyboard even where it holds nothing to press (WCAG 2.1.1).
  useEffect(() => {
    const scrolled = body.current;
    if (!scrolled) return undefined;
    const watch = new ResizeObserver(() => {
      if (scrolled.scrollHeight > scrolled.clientHeight) scrolled.tabIndex = 0;
      else scrolled.removeAttribute('tabindex');
    });
    watch.observe(scrolled);
    return () => watch.disconnect();
  }, []);

  return (
    <dialog
      ref={element}
      class={`dialog dialog-${size ?? 'm'}`}
      aria-labelledby={titleId}
      data-testid={testId}
      onCancel={(event) => {
        if (event.target !== element.current) return;
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        pressedOutside.current = event.target === element.current;
      }}
      onClick={(event) => {
        // A selection that was begun inside and ends on the scrim is no wish to close.
        if (event.target === element.current && pressedOutside.current) onClose();
      }}
    >
      <div class="dialog-sheet">
        <header class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <IconButton
            icon="close"
            label={text.close}
            tip="none"
            data-testid="dialog-close"
            onClick={onClose}
          />
        </header>
        <div class="dialog-body" ref={body}>
          {children}
        </div>
        {footer && <footer class="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
