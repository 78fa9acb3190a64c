import { useComputed } from '@preact/signals';
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

/** A picture and its place: plain values, so that a tile which stays as it is is not drawn anew. */
export interface TileProps extends Rect {
  readonly pictureKey: string;
  readonly participantId: string;
  readonly source: 'camera' | 'screen';
  readonly role: 'cell' | 'main' | 'strip';
}

/** Somebody's picture, or their initials, with what one needs to know of them. Follows this one person alone. */
export function Tile(props: TileProps) {
  const { call } = useRoom();
  const person = useComputed(() =>
    call.people.value.find(({ participantId }) => participantId === props.participantId),
  ).value;
  return person === undefined ? null : <PersonTile {...props} person={person} />;
}

function PersonTile({ pictureKey, person, source, role, ...rect }: TileProps & { readonly person: Person }) {
  const { call, view } = useRoom();
  const text = roomTexts();
  const element = useRef<HTMLElement>(null);
  usePlace(element, rect);
  const isScreen = source === 'screen';
  const heard = useComputed(() => call.speaking.value.has(person.participantId)).value;
  const speaking = !isScreen && heard;
  const pinned = useComputed(() => view.pinned.value === pictureKey).value;
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
          {!person.isLocal && !isScreen && (
            <ConnectionBadge participantId={person.participantId} name={person.name} />
          )}
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

/** Whose picture, and which. */
interface Pictured {
  readonly person: Person;
  readonly source: 'camera' | 'screen';
}

function TilePicture({ person, source, aspect }: Pictured & { readonly aspect: number }) {
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
          {media !== undefined && !media.isWithheld && <span class="spoken">{text.waitingForPicture}</span>}
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
  const latest = call.connections.latest(participantId);
  const words = useComputed(() => {
    if (latest.value?.state === 'connected') return undefined;
    return connectionWords(latest.value, connectionTexts(), {
      topology: call.topology.value,
      relayOnly: false,
    });
  }).value;
  if (words === undefined) return null;
  return (
    <div class="tile-state" data-testid="tile-state">
      <span class="tile-state-words">{words}</span>
    </div>
  );
}

function TileName({ person, source }: Pictured) {
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
