import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Rect } from '../../call/grid-layout.js';
import { isSilent } from '../../call/person.js';
import type { Person } from '../../call/person.js';
import { preferences } from '../../settings/preferences.js';
import { Avatar } from '../../ui/avatar.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { IconButton } from '../../ui/icon-button.js';
import { ConnectionBadge } from '../connection/connection-badge.js';
import { connectionTexts } from '../connection/connection-texts.js';
import { connectionWords } from '../connection/connection-words.js';
import { useRoom } from '../room-context.js';
import { roomTexts } from '../room-texts.js';
import { isMirrored } from './mirrored.js';
import { PictureVideo } from './picture-video.js';
import { TileMenu } from './tile-menu.js';
import './tile.css';

export interface TileProps {
  readonly pictureKey: string;
  readonly person: Person;
  readonly source: 'camera' | 'screen';
  readonly rect: Rect;
  readonly role: 'cell' | 'main' | 'strip';
}

/** Somebody's picture, or their initials, with what one needs to know of them. */
export function Tile({ pictureKey, person, source, rect, role }: TileProps) {
  const { call, view } = useRoom();
  const text = roomTexts();
  const element = useRef<HTMLElement>(null);
  usePlace(element, rect);
  const isScreen = source === 'screen';
  const speaking = !isScreen && call.speaking.value.has(person.participantId);
  const pinned = view.pinned.value === pictureKey;
  const names = ['tile', `tile-${role}`, `tile-of-${source}`];
  if (speaking) names.push('tile-speaking');
  if (person.isLocal) names.push('tile-self');
  const label = useTileLabel(person, source, speaking);
  return (
    <section
      ref={element}
      class={names.join(' ')}
      aria-label={label}
      data-testid="tile"
      data-participant={person.participantId}
      data-source={source}
      onDblClick={(event) => {
        if (event.target instanceof HTMLVideoElement) view.togglePin(pictureKey);
      }}
    >
      <TilePicture person={person} source={source} aspect={rect.width / Math.max(1, rect.height)} />
      {!person.isLocal && !isScreen && <TileState participantId={person.participantId} />}
      <div class="tile-top">
        <TileName person={person} source={source} />
        <div class="tile-tools">
          <IconButton
            class="tile-tool tile-pin"
            icon={pinned ? 'unpin' : 'pin'}
            kind="video"
            size="s"
            label={pinned ? text.unpin : text.pin}
            pressed={pinned}
            tip="below"
            data-testid="tile-pin"
            onClick={() => view.togglePin(pictureKey)}
          />
          <TileMenu tile={element} person={person} source={source} />
          {!person.isLocal && !isScreen && <ConnectionBadge person={person} />}
        </div>
      </div>
    </section>
  );
}

/** Puts an element at its place: by properties of the element, since the page allows no inline styles. */
function usePlace(element: { current: HTMLElement | null }, rect: Rect): void {
  useLayoutEffect(() => {
    const style = element.current?.style;
    if (!style) return;
    style.setProperty('transform', `translate(${rect.left}px, ${rect.top}px)`);
    style.setProperty('width', `${rect.width}px`);
    style.setProperty('height', `${rect.height}px`);
  }, [rect.left, rect.top, rect.width, rect.height]);
}

/** What a screen reader says of a picture. */
function useTileLabel(person: Person, source: 'camera' | 'screen', speaking: boolean): string {
  const text = roomTexts();
  const name = person.isLocal ? text.you : person.name;
  if (source === 'screen') return person.isLocal ? text.yourScreen : text.screenOf(name);
  const words = [name];
  if (speaking) words.push(text.speaking);
  if (person.role === 'viewer') words.push(text.noMicrophone);
  else if (isSilent(person)) words.push(text.microphoneOff);
  if (person.camera === undefined) words.push(text.cameraOff);
  if (person.handRaised) words.push(text.handUp);
  return words.join(', ');
}

function TilePicture({
  person,
  source,
  aspect,
}: Pick<TileProps, 'person' | 'source'> & { readonly aspect: number }) {
  const { actions } = useRoom();
  const text = roomTexts();
  const [seen, setSeen] = useState(false);
  const media = source === 'screen' ? person.screen : person.camera;
  if (source === 'screen' && person.isLocal) {
    return (
      <div class="tile-sharing">
        <Icon name="screen" size="xl" />
        <p class="tile-sharing-title">{text.shareRunning}</p>
        <p class="tile-sharing-hint">{text.shareHint}</p>
        <Button onClick={actions.toggleScreenShare}>{text.stopSharing}</Button>
      </div>
    );
  }
  const hasPicture = media !== undefined && seen;
  return (
    <>
      {!hasPicture && (
        <div class="tile-blank">
          <Avatar name={person.name} size="fill" />
          {media !== undefined && <span class="spoken">{text.waitingForPicture}</span>}
        </div>
      )}
      {media?.track && (
        <PictureVideo
          track={media.track}
          coverAspect={source === 'screen' ? undefined : aspect}
          mirrored={person.isLocal && isMirrored(media.track, preferences.value.mirrorSelf)}
          onPicture={setSeen}
        />
      )}
    </>
  );
}

/** Says so when the connection does not stand: what is seen then is old, or nothing. */
function TileState({ participantId }: { readonly participantId: string }) {
  const { call } = useRoom();
  const statistics = call.connections.latest(participantId).value;
  if (statistics?.state === 'connected') return null;
  return (
    <div class="tile-state" data-testid="tile-state">
      <span class="tile-state-words">{connectionWords(statistics, connectionTexts(), false)}</span>
    </div>
  );
}

function TileName({ person, source }: Pick<TileProps, 'person' | 'source'>) {
  const text = roomTexts();
  const name = person.isLocal ? text.you : person.name;
  const isScreen = source === 'screen';
  return (
    <div class="tile-name" data-testid="tile-name">
      {isScreen && <Icon name="screen" size="s" />}
      {!isScreen && person.handRaised && (
        <span class="tile-hand" data-testid="tile-hand">
          <Icon name="hand" size="s" />
        </span>
      )}
      {!isScreen && isSilent(person) && (
        <span class="tile-muted" data-testid="tile-muted">
          <Icon name="microphone-off" size="s" />
        </span>
      )}
      <span class="tile-name-text">
        {isScreen ? (person.isLocal ? text.yourScreen : text.screenOf(name)) : name}
      </span>
    </div>
  );
}
