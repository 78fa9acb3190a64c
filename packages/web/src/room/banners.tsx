import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import type { IconName } from '../ui/icon.js';
import { useRoom } from './room-context.js';
import { roomTexts } from './room-texts.js';
import './banners.css';

/** What wants an answer or has to be known now. Each stays until it is answered or no longer true. */
export function Banners() {
  return (
    <div class="banners">
      <Reconnecting />
      <AudioBlocked />
      <MuteRequested />
      <Knocking />
      <Talking />
    </div>
  );
}

interface BannerProps {
  readonly icon: IconName;
  readonly title: string;
  readonly hint?: string;
  readonly testId: string;
  /** `alert` interrupts a screen reader, `status` waits. */
  readonly role?: 'alert' | 'status';
  readonly children?: ComponentChildren;
}

function Banner({ icon, title, hint, testId, role, children }: BannerProps) {
  return (
    <div class="banner" role={role ?? 'status'} data-testid={testId}>
      <Icon name={icon} />
      <div class="banner-words">
        <p class="banner-title">{title}</p>
        {hint && <p class="banner-hint">{hint}</p>}
      </div>
      {children && <div class="banner-buttons">{children}</div>}
    </div>
  );
}

function Reconnecting() {
  const { call } = useRoom();
  const text = roomTexts();
  if (call.state.value !== 'reconnecting') return null;
  return (
    <Banner
      icon="offline"
      title={text.reconnectingTitle}
      hint={text.reconnectingText}
      role="alert"
      testId="reconnecting"
    />
  );
}

function AudioBlocked() {
  const { call, actions } = useRoom();
  const text = roomTexts();
  if (!call.audioBlocked.value) return null;
  return (
    <Banner
      icon="volume-off"
      title={text.audioBlockedTitle}
      hint={text.audioBlockedText}
      role="alert"
      testId="audio-blocked"
    >
      <Button
        kind="primary"
        icon="volume"
        data-testid="start-audio"
        onClick={() => actions.attempt(() => call.startAudio())}
      >
        {text.hear}
      </Button>
    </Banner>
  );
}

function MuteRequested() {
  const { call, actions } = useRoom();
  const text = roomTexts();
  const request = call.muteRequest.value;
  const self = call.self.value;
  const stillOn = request?.kind === 'video' ? self.camera !== undefined : self.microphone === 'on';
  useEffect(() => {
    if (request !== undefined && !stillOn) call.muteRequest.value = undefined;
  }, [request, stillOn]);
  if (request === undefined || !stillOn) return null;
  const by = request.by ?? text.aHost;
  const close = () => (call.muteRequest.value = undefined);
  return (
    <Banner
      icon={request.kind === 'video' ? 'camera-off' : 'microphone-off'}
      title={request.kind === 'video' ? text.cameraOffRequested(by) : text.muteRequested(by)}
      role="alert"
      testId="mute-requested"
    >
      <Button kind="quiet" onClick={close}>
        {text.notNow}
      </Button>
      <Button
        kind="primary"
        data-testid="mute-now"
        onClick={() => {
          close();
          if (request.kind === 'video') actions.toggleCamera();
          else actions.toggleMicrophone();
        }}
      >
        {text.muteNow}
      </Button>
    </Banner>
  );
}

function Knocking() {
  const { call, view, actions } = useRoom();
  const text = roomTexts();
  const waiting = call.waiting.value;
  const [first] = waiting;
  // The panel shows the same with more room.
  if (first === undefined || call.self.value.role !== 'host' || view.panel.value === 'people') return null;
  if (waiting.length > 1) {
    return (
      <Banner icon="door" title={text.manyKnocking(waiting.length)} testId="knocking">
        <Button kind="primary" onClick={() => (view.panel.value = 'people')}>
          {text.showWaiting}
        </Button>
      </Banner>
    );
  }
  return (
    <Banner icon="door" title={text.knocking(first.name)} testId="knocking">
      <Button
        kind="quiet"
        data-testid="knocking-deny"
        onClick={() => actions.attempt(() => call.room.deny(first.participantId))}
      >
        {text.deny}
      </Button>
      <Button
        kind="primary"
        data-testid="knocking-admit"
        onClick={() => actions.attempt(() => call.room.admit(first.participantId))}
      >
        {text.admit}
      </Button>
    </Banner>
  );
}

function Talking() {
  const { view } = useRoom();
  const text = roomTexts();
  return view.talking.value ? <Banner icon="microphone" title={text.talking} testId="talking" /> : null;
}
