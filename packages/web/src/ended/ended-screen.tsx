import { BrandBar } from '../brand/brand-bar.js';
import type { CallSummary } from '../call/call-summary.js';
import { usePageTitle } from '../texts/page-title.js';
import { Button } from '../ui/button.js';
import { PageHeading } from '../ui/page-heading.js';
import { CallFacts } from './call-facts.js';
import { endedTexts } from './ended-texts.js';
import './ended-screen.css';

/** After leaving: how long, with whom, how connected, and the way back. */
export function EndedScreen({
  summary,
  onRejoin,
  onHome,
}: {
  readonly summary: CallSummary;
  readonly onRejoin: () => void;
  readonly onHome: () => void;
}) {
  const text = endedTexts();
  usePageTitle(text.title);
  return (
    <>
      <BrandBar />
      <main class="ended" data-testid="ended">
        <PageHeading>{text.heading}</PageHeading>
        <p class="ended-left">{text.left(summary.roomName)}</p>
        <CallFacts summary={summary} />
        <div class="ended-actions">
          <Button kind="primary" size="l" data-testid="rejoin" onClick={onRejoin}>
            {text.rejoin}
          </Button>
          <Button kind="quiet" data-testid="go-home" onClick={onHome}>
            {text.home}
          </Button>
        </div>
      </main>
    </>
  );
}
