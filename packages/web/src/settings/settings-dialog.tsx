import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { devices } from '../sdk.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Select } from '../ui/select.js';
import { Switch } from '../ui/switch.js';
import { refreshDevices } from './device-list.js';
import { DeviceSelect } from './device-select.js';
import { CAMERA_HEIGHTS, changePreferences, preferences, type Theme } from './preferences.js';
import { settingsTexts } from './settings-texts.js';
import { TestSoundButton } from './test-sound-button.js';
import './settings-dialog.css';

/** All settings; each counts at once. */
export function SettingsDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const text = settingsTexts();
  return (
    <Dialog
      open={open}
      title={text.title}
      testId="settings"
      onClose={onClose}
      footer={
        <Button kind="primary" data-testid="settings-done" onClick={onClose}>
          {text.done}
        </Button>
      }
    >
      <DeviceSettings />
      <PictureSettings />
      <SoundSettings />
      <OtherSettings />
    </Dialog>
  );
}

function DeviceSettings() {
  const text = settingsTexts();
  const chosen = preferences.value;
  useEffect(() => void refreshDevices(), []);
  return (
    <Group title={text.devices}>
      <DeviceSelect
        kind="camera"
        chosen={chosen.cameraId}
        onChoose={(cameraId) => changePreferences({ cameraId })}
      />
      <DeviceSelect
        kind="microphone"
        chosen={chosen.microphoneId}
        onChoose={(microphoneId) => changePreferences({ microphoneId })}
      />
      {devices.canChooseSpeaker ? (
        <DeviceSelect
          kind="speaker"
          chosen={chosen.speakerId}
          onChoose={(speakerId) => changePreferences({ speakerId })}
        />
      ) : (
        <p class="settings-note">{text.speakerByBrowser}</p>
      )}
      <TestSoundButton />
    </Group>
  );
}

function PictureSettings() {
  const text = settingsTexts();
  const chosen = preferences.value;
  const names: Readonly<Record<(typeof CAMERA_HEIGHTS)[number], string>> = {
    360: text.low,
    720: text.medium,
    1080: text.high,
  };
  return (
    <Group title={text.picture}>
      <Select
        label={text.quality}
        value={`${chosen.cameraHeight}`}
        options={CAMERA_HEIGHTS.map((height) => ({ value: `${height}`, label: names[height] }))}
        testId="camera-quality"
        onChange={(height) => changePreferences({ cameraHeight: Number(height) })}
      />
      <Switch
        label={text.mirror}
        hint={text.mirrorHint}
        checked={chosen.mirrorSelf}
        testId="mirror-self"
        onChange={(mirrorSelf) => changePreferences({ mirrorSelf })}
      />
    </Group>
  );
}

function SoundSettings() {
  const text = settingsTexts();
  const chosen = preferences.value;
  return (
    <Group title={text.sound}>
      <Switch
        label={text.noiseSuppression}
        hint={text.noiseSuppressionHint}
        checked={chosen.noiseSuppression}
        testId="noise-suppression"
        onChange={(noiseSuppression) => changePreferences({ noiseSuppression })}
      />
      <Switch
        label={text.echoCancellation}
        hint={text.echoCancellationHint}
        checked={chosen.echoCancellation}
        testId="echo-cancellation"
        onChange={(echoCancellation) => changePreferences({ echoCancellation })}
      />
      <Switch
        label={text.autoGainControl}
        hint={text.autoGainControlHint}
        checked={chosen.autoGainControl}
        testId="auto-gain-control"
        onChange={(autoGainControl) => changePreferences({ autoGainControl })}
      />
    </Group>
  );
}

function OtherSettings() {
  const text = settingsTexts();
  const chosen = preferences.value;
  return (
    <>
      <Group title={text.network}>
        <Switch
          label={text.relayOnly}
          hint={text.relayOnlyHint}
          checked={chosen.relayOnly}
          testId="relay-only"
          onChange={(relayOnly) => changePreferences({ relayOnly })}
        />
      </Group>
      <Group title={text.look}>
        <Select
          label={text.theme}
          value={chosen.theme}
          options={[
            { value: 'system', label: text.themeSystem },
            { value: 'light', label: text.themeLight },
            { value: 'dark', label: text.themeDark },
          ]}
          testId="theme"
          onChange={(theme) => changePreferences({ theme: theme as Theme })}
        />
        <Select
          label={text.language}
          value={chosen.language ?? ''}
          options={[
            { value: '', label: text.languageAuto },
            { value: 'ko', label: '한국어' },
            { value: 'en', label: 'English' },
          ]}
          testId="language"
          onChange={(value) =>
            changePreferences({ language: value === 'ko' || value === 'en' ? value : undefined })
          }
        />
      </Group>
    </>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <fieldset class="settings-group">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
