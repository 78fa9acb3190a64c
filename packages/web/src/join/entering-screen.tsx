import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { BrandBar } from '../brand/brand-bar.js';
import { durationText } from '../ended/call-facts.js';
import { usePageTitle } from '../texts/page-title.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { PageHeading } from '../ui/page-heading.js';
import { joinTexts } from './join-texts.js';
import './entering-screen.css';

/** While the server is asked, where no other screen is there to say so. */
export function EnteringScreen({ room, onCancel }: { readonly room: string; readonly onCancel: () => void }) {
  const text = joinTexts();
  usePageTitle(text.enteringTitle(room));
  return (
    <>
      <BrandBar />
      <main class="entering" data-testid="entering">
        <PageHeading>{text.entering}</PageHeading>
        <p class="entering-hint">{text.enteringHint(room)}</p>
        <Cancel onCancel={onCancel}>{text.stop}</Cancel>
      </main>
    </>
  );
}

/** In the lobby, until a host decides. */
export function WaitingScreen({ room, onCancel }: { readonly room: string; readonly onCancel: () => void }) {
  const text = joinTexts();
  usePageTitle(text.waitingTitle(room));
  const [since] = useState(() => Date.now());
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(Math.round((Date.now() - since) / 1000)), 1000);
    return () => clearInterval(timer);
  }, [since]);
  return (
    <>
      <BrandBar />
      <main class="entering" data-testid="waiting">
        <span class="entering-mark">
          <Icon name="door" size="xl" />
        </span>
        <PageHeading>{text.waiting}</PageHeading>
        <p class="entering-hint">{text.waitingHint(room)}</p>
        <p class="entering-hint">{text.waitingQuiet}</p>
        <p class="entering-since" role="timer">
          {text.waited(durationText(seconds))}
        </p>
        <Cancel onCancel={onCancel}>{text.cancel}</Cancel>
      </main>
    </>
  );
}

function Cancel({
  onCancel,
  children,
}: {
  readonly onCancel: () => void;
  readonly children: ComponentChildren;
}) {
  return (
    <Button data-testid="cancel" class="entering-cancel" onClick={onCancel}>
      {children}
    </Button>
  );
}
