import { useEffect, useRef } from 'preact/hooks';
import type { LocalTrack } from '../sdk.js';
import { preferences, changePreferences } from '../settings/preferences.js';
import { Avatar } from '../ui/avatar.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { IconButton } from '../ui/icon-button.js';
import { deviceHelp } from './device-help.js';
import { deviceHelpTexts } from './device-help-texts.js';
import { prejoinTexts } from './prejoin-texts.js';
import type { Capture, Preview, Source } from './preview.js';
import './preview-picture.css';

/** How the others will see one, with the switches for camera and microphone, or why there is no picture. */
export function PreviewPicture({ preview, name }: { readonly preview: Preview; readonly name: string }) {
  const text = prejoinTexts();
  const camera = preview.camera.value;
  return (
    <div class="preview-picture" data-testid="preview" data-state={camera.state}>
      {camera.state === 'on' && <MirrorPicture track={camera.track} label={text.preview} />}
      {camera.state === 'opening' && <p class="preview-picture-words">{text.cameraOpening}</p>}
      {camera.state === 'off' && (
        <div class="preview-picture-words">
          {name.trim() !== '' && <Avatar name={name} size="l" />}
          <p>{text.cameraOff}</p>
        </div>
      )}
      {camera.state === 'failed' && <DeviceProblem preview={preview} />}
      <div class="preview-picture-switches">
        <CaptureSwitch preview={preview} source="microphone" capture={preview.microphone.value} />
        <CaptureSwitch preview={preview} source="camera" capture={camera} />
      </div>
    </div>
  );
}

function MirrorPicture({ track, label }: { readonly track: LocalTrack; readonly label: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return undefined;
    track.attach(element);
    return () => void track.detach(element);
  }, [track]);
  return (
    <video
      ref={video}
      class={
        preferences.value.mirrorSelf
          ? 'preview-picture-video preview-picture-mirror'
          : 'preview-picture-video'
      }
      muted
      autoplay
      playsInline
      aria-label={label}
      data-testid="preview-video"
    />
  );
}

function CaptureSwitch({
  preview,
  source,
  capture,
}: {
  readonly preview: Preview;
  readonly source: Source;
  readonly capture: Capture;
}) {
  const text = prejoinTexts();
  const on = capture.state === 'on' || capture.state === 'opening';
  const labels = {
    camera: on ? text.turnCameraOff : text.turnCameraOn,
    microphone: on ? text.turnMicrophoneOff : text.turnMicrophoneOn,
  };
  return (
    <IconButton
      icon={on ? source : `${source}-off`}
      label={labels[source]}
      kind={on ? 'video' : 'off'}
      size="l"
      data-testid={`toggle-${source}`}
      data-state={capture.state}
      onClick={() => {
        changePreferences(source === 'camera' ? { cameraOn: !on } : { microphoneOn: !on });
        void preview.set(source, !on);
      }}
    />
  );
}

/** Why there is no picture, what to do, one button that does it. */
function DeviceProblem({ preview }: { readonly preview: Preview }) {
  const camera = preview.camera.value;
  const microphone = preview.microphone.value;
  if (camera.state !== 'failed') return null;
  const both = microphone.state === 'failed' && microphone.error.code === camera.error.code;
  const help = deviceHelp(camera.error, both);
  return (
    <div
      class="preview-picture-words"
      role="alert"
      data-testid="device-problem"
      data-code={camera.error.code}
    >
      <Icon name="camera-off" size="xl" />
      <p class="preview-picture-what">{help.what}</p>
      <p>{help.todo}</p>
      {help.canRetry && (
        <Button
          class="preview-picture-again"
          icon="refresh"
          data-testid="device-again"
          onClick={() => void preview.open({ camera: true, microphone: both })}
        >
          {deviceHelpTexts().again}
        </Button>
      )}
    </div>
  );
}
