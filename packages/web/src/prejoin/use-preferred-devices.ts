import { useEffect, useRef } from 'preact/hooks';
import { deviceList } from '../settings/device-list.js';
import { preferences } from '../settings/preferences.js';
import type { Preview, Source } from './preview.js';

/**
 * Keeps a preview true to the preferences: opens another device when another is chosen, opens again when a permission
 * was given or something was plugged in after a failure.
 */
export function usePreferredDevices(preview: Preview): void {
  const chosen = preferences.value;
  useReopen(preview, 'camera', `${chosen.cameraId} ${chosen.cameraHeight}`);
  useReopen(
    preview,
    'microphone',
    `${chosen.microphoneId} ${chosen.noiseSuppression} ${chosen.echoCancellation} ${chosen.autoGainControl}`,
  );
  useEffect(() => followPermissions(preview), [preview]);
  const count = deviceList.value.length;
  useEffect(() => retryFailed(preview, ['deviceNotFound']), [preview, count]);
}

function useReopen(preview: Preview, source: Source, wish: string): void {
  const opened = useRef(wish);
  useEffect(() => {
    if (opened.current === wish) return;
    opened.current = wish;
    if (preview[source].peek().state !== 'off') void preview.set(source, true);
  }, [preview, source, wish]);
}

function followPermissions(preview: Preview): () => void {
  const stop = new AbortController();
  for (const name of ['camera', 'microphone']) {
    navigator.permissions
      ?.query({ name: name as PermissionName })
      .then((status) => {
        const options = { signal: stop.signal };
        status.addEventListener(
          'change',
          () => {
            if (status.state === 'granted') retryFailed(preview, ['permissionDenied', 'permissionDismissed']);
          },
          options,
        );
      })
      // A browser that does not know the name: then the button is the way.
      .catch(() => undefined);
  }
  return () => stop.abort();
}

/** Opens again what failed for one of these reasons. */
function retryFailed(preview: Preview, codes: readonly string[]): void {
  for (const source of ['camera', 'microphone'] as const) {
    const capture = preview[source].peek();
    if (capture.state === 'failed' && codes.includes(capture.error.code)) void preview.set(source, true);
  }
}
