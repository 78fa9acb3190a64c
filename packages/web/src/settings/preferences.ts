import { signal } from '@preact/signals';

export type Language = 'en' | 'ko';
export type Theme = 'system' | 'light' | 'dark';

/** What a person has chosen; kept in this browser only. */
export interface Preferences {
  /** Name shown to others; empty until told. */
  readonly name: string;
  /** undefined: what the browser prefers. */
  readonly language: Language | undefined;
  readonly theme: Theme;
  /** undefined: the browser's default device. */
  readonly cameraId: string | undefined;
  readonly microphoneId: string | undefined;
  readonly speakerId: string | undefined;
  /** Whether one enters a room with these on. */
  readonly cameraOn: boolean;
  readonly microphoneOn: boolean;
  /** Height of the picture asked of the camera. */
  readonly cameraHeight: number;
  readonly mirrorSelf: boolean;
  readonly noiseSuppression: boolean;
  readonly echoCancellation: boolean;
  readonly autoGainControl: boolean;
  /** Media through a relay only, which hides this machine's addresses from the others. */
  readonly relayOnly: boolean;
}

export const DEFAULT_PREFERENCES: Preferences = {
  name: '',
  language: undefined,
  theme: 'system',
  cameraId: undefined,
  microphoneId: undefined,
  speakerId: undefined,
  cameraOn: true,
  microphoneOn: true,
  cameraHeight: 720,
  mirrorSelf: true,
  noiseSuppression: true,
  echoCancellation: true,
  autoGainControl: true,
  relayOnly: false,
};

export const CAMERA_HEIGHTS = [360, 720, 1080] as const;

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isName = (value: unknown): value is string => typeof value === 'string' && value.length <= 64;
const isLanguage = (value: unknown): value is Language => value === 'en' || value === 'ko';
const isTheme = (value: unknown): value is Theme =>
  value === 'system' || value === 'light' || value === 'dark';
const isDeviceId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 256;
const isCameraHeight = (value: unknown): value is number => CAMERA_HEIGHTS.some((height) => height === value);

const KEY = 'madang.preferences';

/** The preferences of now; read `.value` in a component to follow them. */
export const preferences = signal<Preferences>(parsePreferences(load()));

/** Changes some preferences and keeps them for the next visit. */
export function changePreferences(change: Partial<Preferences>): void {
  preferences.value = { ...preferences.value, ...change };
  try {
    globalThis.localStorage?.setItem(KEY, JSON.stringify(preferences.value));
  } catch {
    // Private windows and full storage: the choice then lasts as long as the page.
  }
}

/** Reads stored preferences; whatever is not understood is the default. */
export function parsePreferences(text: string | null): Preferences {
  const stored = parseObject(text);
  const pick = <Value>(
    key: keyof Preferences,
    fits: (value: unknown) => value is Value,
    otherwise: Value,
  ) => {
    const value = stored[key];
    return fits(value) ? value : otherwise;
  };
  const flag = (key: keyof Preferences) => pick(key, isBoolean, DEFAULT_PREFERENCES[key] as boolean);
  return {
    name: pick('name', isName, DEFAULT_PREFERENCES.name),
    language: pick('language', isLanguage, undefined),
    theme: pick('theme', isTheme, DEFAULT_PREFERENCES.theme),
    cameraId: pick('cameraId', isDeviceId, undefined),
    microphoneId: pick('microphoneId', isDeviceId, undefined),
    speakerId: pick('speakerId', isDeviceId, undefined),
    cameraOn: flag('cameraOn'),
    microphoneOn: flag('microphoneOn'),
    cameraHeight: pick('cameraHeight', isCameraHeight, DEFAULT_PREFERENCES.cameraHeight),
    mirrorSelf: flag('mirrorSelf'),
    noiseSuppression: flag('noiseSuppression'),
    echoCancellation: flag('echoCancellation'),
    autoGainControl: flag('autoGainControl'),
    relayOnly: flag('relayOnly'),
  };
}

function load(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? null;
  } catch {
    return null;
  }
}

function parseObject(text: string | null): Record<string, unknown> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
