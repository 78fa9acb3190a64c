import type { ComponentChildren } from 'preact';
import { BrandBar } from '../brand/brand-bar.js';
import { usePageTitle } from '../texts/page-title.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Icon, type IconName } from '../ui/icon.js';
import { PageHeading } from '../ui/page-heading.js';
import { ACTIONS, isAboutNetwork, type Problem, type ProblemAction, type ProblemCode } from './problem.js';
import { problemTexts } from './problem-texts.js';
import './problem-screen.css';

const ICONS: Partial<Readonly<Record<ProblemCode, IconName>>> = {
  roomFull: 'people',
  roomLocked: 'lock',
  unauthorized: 'lock',
  tokenExpired: 'clock',
  nameRequired: 'person',
  rateLimited: 'clock',
  denied: 'door',
  removed: 'door',
  replaced: 'external',
  lost: 'offline',
  serverUnreachable: 'offline',
  timeout: 'clock',
  versionUnsupported: 'refresh',
  insecureContext: 'unlock',
  unknownPage: 'search',
  serverFull: 'server',
  serverStopping: 'server',
};

export interface ProblemScreenProps {
  readonly problem: Problem;
  /** Carries out the one action; `copyLink` and `reload` are done here. */
  readonly onAction: (action: Exclude<ProblemAction, 'copyLink' | 'reload'>) => void;
  /** What else is to be said, of the call that ended. */
  readonly children?: ComponentChildren;
}

/** What ends a call or keeps one out of it: what happened, why, what to do, one button that does it. */
export function ProblemScreen({ problem, onAction, children }: ProblemScreenProps) {
  const text = problemTexts();
  const { code, detail } = problem;
  const { what, why, todo } = text[code];
  usePageTitle(text.title(what));
  return (
    <>
      <BrandBar />
      <main class="problem" data-testid="problem" data-code={code}>
        <span class="problem-mark">
          <Icon name={ICONS[code] ?? 'warning'} size="xl" />
        </span>
        <PageHeading>{what}</PageHeading>
        <p class="problem-why">{why}</p>
        <p class="problem-todo">{todo}</p>
        {children}
        <div class="problem-actions">
          <ActionButton code={code} onAction={onAction} />
          {isAboutNetwork(code) && (
            <a
              class="button button-quiet"
              href="/doctor"
              target="_blank"
              rel="noopener"
              data-testid="doctor-link"
            >
              <Icon name="doctor" />
              {text.testConnection}
            </a>
          )}
          {ACTIONS[code] !== 'home' && (
            <Button kind="quiet" data-testid="problem-home" onClick={() => onAction('home')}>
              {text.home}
            </Button>
          )}
        </div>
        {detail && code === 'unexpected' && (
          <details class="problem-detail">
            <summary>{text.detail}</summary>
            <code>{detail}</code>
          </details>
        )}
      </main>
    </>
  );
}

function ActionButton({
  code,
  onAction,
}: {
  readonly code: ProblemCode;
  readonly onAction: ProblemScreenProps['onAction'];
}) {
  const text = problemTexts();
  const action = ACTIONS[code];
  if (action === 'copyLink')
    return <CopyButton value={location.href} kind="primary" testId="problem-action" />;
  const label = code === 'replaced' ? text.takeBack : code === 'lost' ? text.goInAgain : text.action[action];
  return (
    <Button
      kind="primary"
      size="l"
      data-testid="problem-action"
      onClick={() => {
        if (action === 'reload') location.reload();
        else onAction(action);
      }}
    >
      {label}
    </Button>
  );
}
