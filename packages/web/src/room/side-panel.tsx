import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { IconButton } from '../ui/icon-button.js';
import { useRoom } from './room-context.js';
import { roomTexts } from './room-texts.js';
import './side-panel.css';

export interface SidePanelProps {
  readonly title: string;
  readonly testId: string;
  readonly children: ComponentChildren;
  /** Stays in sight below what scrolls. */
  readonly footer?: ComponentChildren;
}

/** A column beside the pictures; a sheet over them where there is no room beside. Escape closes it. */
export function SidePanel({ title, testId, children, footer }: SidePanelProps) {
  const { view } = useRoom();
  const text = roomTexts();
  const element = useRef<HTMLElement>(null);
  const titleId = useId();
  useEffect(() => {
    const panel = element.current;
    const before = document.activeElement;
    const first = panel?.querySelector<HTMLElement>('[data-panel-focus]') ?? panel;
    first?.focus({ preventScroll: true });
    return () => {
      // Only if the focus would be lost with the panel: it may have gone elsewhere meanwhile.
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (lost && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const close = () => (view.panel.value = undefined);
  return (
    <aside
      ref={element}
      class="side-panel"
      aria-labelledby={titleId}
      tabIndex={-1}
      data-testid={testId}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.stopPropagation();
        close();
      }}
    >
      <header class="side-panel-head">
        <h2 id={titleId}>{title}</h2>
        <IconButton
          icon="close"
          label={text.closePanel}
          tip="none"
          data-testid="panel-close"
          onClick={close}
        />
      </header>
      <div class="side-panel-body">{children}</div>
      {footer && <div class="side-panel-foot">{footer}</div>}
    </aside>
  );
}
