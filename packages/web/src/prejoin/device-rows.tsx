import { devices } from '../sdk.js';
import { DeviceSelect } from '../settings/device-select.js';
import { changePreferences, preferences } from '../settings/preferences.js';
import { TestSoundButton } from '../settings/test-sound-button.js';
import { Button } from '../ui/button.js';
import { deviceHelp } from './device-help.js';
import { deviceHelpTexts } from './device-help-texts.js';
import { MicrophoneMeter } from './microphone-meter.js';
import { prejoinTexts } from './prejoin-texts.js';
import type { Capture, Preview } from './preview.js';
import './device-rows.css';

/** The devices to choose from, the level of the microphone, a sound to try the speaker. */
export function DeviceRows({ preview }: { readonly preview: Preview }) {
  const chosen = preferences.value;
  return (
    <div class="device-rows">
      <DeviceSelect
        kind="microphone"
        labelHidden
        chosen={inUse(preview.microphone.value) ?? chosen.microphoneId}
        onChoose={(microphoneId) => changePreferences({ microphoneId })}
      />
      <MicrophoneState preview={preview} />
      <DeviceSelect
        kind="camera"
        labelHidden
        chosen={inUse(preview.camera.value) ?? chosen.cameraId}
        onChoose={(cameraId) => changePreferences({ cameraId })}
      />
      {devices.canChooseSpeaker && (
        <DeviceSelect
          kind="speaker"
          labelHidden
          chosen={chosen.speakerId}
          onChoose={(speakerId) => changePreferences({ speakerId })}
        />
      )}
      <TestSoundButton />
    </div>
  );
}

function MicrophoneState({ preview }: { readonly preview: Preview }) {
  const text = prejoinTexts();
  const microphone = preview.microphone.value;
  const camera = preview.camera.value;
  switch (microphone.state) {
    case 'on':
      return <MicrophoneMeter track={microphone.track} />;
    case 'opening':
      return <p class="device-rows-note">{text.microphoneOpening}</p>;
    case 'off':
      return <p class="device-rows-note">{text.microphoneOff}</p>;
    case 'failed': {
      // One telling is enough when both fail alike: the picture says it.
      if (camera.state === 'failed' && camera.error.code === microphone.error.code) return null;
      const help = deviceHelp(microphone.error);
      return (
        <div
          class="device-rows-problem"
          role="alert"
          data-testid="microphone-problem"
          data-code={microphone.error.code}
        >
          <p>
            <strong>{help.what}</strong> {help.todo}
          </p>
          {help.canRetry && (
            <Button icon="refresh" onClick={() => void preview.set('microphone', true)}>
              {deviceHelpTexts().again}
            </Button>
          )}
        </div>
      );
    }
  }
}

function inUse(capture: Capture): string | undefined {
  return capture.state === 'on' ? capture.track.deviceId : undefined;
}
