import type { DeviceKind } from '../sdk.js';
import type { IconName } from '../ui/icon.js';
import { Select } from '../ui/select.js';
import { devicesOf } from './device-list.js';
import { settingsTexts } from './settings-texts.js';

const ICONS: Readonly<Record<DeviceKind, IconName>> = {
  camera: 'camera',
  microphone: 'microphone',
  speaker: 'volume',
};

/** The devices of a kind to choose from. */
export function DeviceSelect({
  kind,
  chosen,
  onChoose,
  labelHidden,
}: {
  readonly kind: DeviceKind;
  /** The device in use or wished for; the first one when it is not there. */
  readonly chosen: string | undefined;
  readonly onChoose: (deviceId: string) => void;
  readonly labelHidden?: boolean;
}) {
  const text = settingsTexts();
  const found = devicesOf(kind);
  const options =
    found.length === 0
      ? [{ value: '', label: text.noDevice[kind] }]
      : found.map((device, index) => ({
          value: device.deviceId,
          label: device.label || text.nthDevice[kind](index + 1),
        }));
  const value = found.some((device) => device.deviceId === chosen) ? chosen : options[0]?.value;
  return (
    <Select
      label={text[kind]}
      labelHidden={labelHidden ?? false}
      icon={ICONS[kind]}
      value={value ?? ''}
      options={options}
      disabled={found.length === 0}
      testId={`device-${kind}`}
      onChange={onChoose}
    />
  );
}
