let shared: AudioContext | undefined;

/**
 * The one AudioContext for measuring: browsers allow few of them. It may be suspended until a person does something in
 * the page; it wakes up by itself then.
 */
export function sharedAudioContext(): AudioContext {
  if (shared === undefined) {
    shared = new AudioContext();
    for (const gesture of ['pointerdown', 'keydown'] as const) {
      addEventListener(gesture, wakeAudioContext, { capture: true, passive: true });
    }
  }
  wakeAudioContext();
  return shared;
}

/** Lets the AudioContext run when there is one that was put to sleep and the browser allows it now. */
export function wakeAudioContext(): void {
  if (shared?.state !== 'running') shared?.resume().catch(() => undefined);
}
