import { useComputed } from '@preact/signals';
import { pictureKey } from '../../call/stage-plan.js';
import { Icon } from '../../ui/icon.js';
import { IconButton } from '../../ui/icon-button.js';
import { useRoom } from '../room-context.js';
import { roomTexts } from '../room-texts.js';

export interface StagePagesProps {
  readonly page: number;
  readonly pages: number;
  /** On which page a picture stands. */
  readonly pageOf: ReadonlyMap<string, number>;
}

/** Turns the pages of the stage, and says who speaks on another one. */
export function StagePages({ page, pages, pageOf }: StagePagesProps) {
  const { view } = useRoom();
  const text = roomTexts();
  return (
    <nav class="stage-pages" aria-label={text.page(page + 1, pages)} data-testid="stage-pages">
      <SpeakerElsewhere page={page} pageOf={pageOf} />
      <IconButton
        icon="chevron-left"
        kind="solid"
        size="s"
        label={text.previousPage}
        disabled={page === 0}
        data-testid="previous-page"
        onClick={() => view.turnPage(-1)}
      />
      <span class="stage-page" aria-live="polite" data-testid="stage-page">
        <span aria-hidden="true">
          {page + 1}/{pages}
        </span>
        <span class="spoken">{text.page(page + 1, pages)}</span>
      </span>
      <IconButton
        icon="chevron-right"
        kind="solid"
        size="s"
        label={text.nextPage}
        disabled={page === pages - 1}
        data-testid="next-page"
        onClick={() => view.turnPage(1)}
      />
    </nav>
  );
}

/** The loudest of those who are heard and not in sight; a press turns to their page. */
function SpeakerElsewhere({ page, pageOf }: Pick<StagePagesProps, 'page' | 'pageOf'>) {
  const { call, view } = useRoom();
  const text = roomTexts();
  const speakers = useComputed(() => [...call.speaking.value].join(' ')).value;
  const people = call.people.peek();
  for (const participantId of speakers.split(' ')) {
    const theirs = pageOf.get(pictureKey({ participantId, source: 'camera' }));
    const person = people.find((one) => one.participantId === participantId);
    if (theirs === undefined || theirs === page || person === undefined || person.isLocal) continue;
    return (
      <button
        type="button"
        class="stage-speaker"
        data-testid="speaker-elsewhere"
        onClick={() => (view.wantedPage.value = theirs)}
      >
        <Icon name="volume" size="s" />
        <span class="stage-speaker-name">{text.speaksElsewhere(person.name)}</span>
      </button>
    );
  }
  return null;
}
