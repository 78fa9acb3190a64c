let shared: AudioContext | undefined;
let users = 0;

/**
 * The one AudioContext for measuring: browsers allow few of them. It sleeps while nobody uses it, since a running one
 * keeps the speaker open. Browsers may also keep it asleep until a person does something in the page; it wakes up by
 * itself then. Each call is to be followed by one of `releaseAudioContext`.
 */
export function takeAudioContext(): AudioContext {
  if (shared === undefined) {
    shared = new AudioContext();
    for (const gesture of ['pointerdown', 'keydown'] as const) {
      addEventListener(gesture, wakeAudioContext, { capture: true, passive: true });
    }
  }
  users += 1;
  wakeAudioContext();
  return shared;
}

export function releaseAudioContext(): void {
  users -= 1;
  if (users === 0) shared?.suspend().catch(() => undefined);
}

/** Lets the AudioContext run when it is used and the browser allows it now. */
export function wakeAudioContext(): void {
  if (users > 0 && shared?.state !== 'running') shared?.resume().catch(() => undefined);
}
