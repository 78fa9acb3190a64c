import type { Call } from '../call/call.js';
import type { LayoutMode } from '../call/stage-plan.js';
import { withCamera, withMicrophone } from '../settings/open-devices.js';
import type { RoomView } from './room-view.js';

/** What buttons and keys do. None of them throws: what fails is reported. */
export interface RoomActions {
  toggleMicrophone(): void;
  toggleCamera(): void;
  toggleScreenShare(): void;
  toggleHand(): void;
  toggleLayout(): void;
  /** Space down: the microphone is on until `stopTalking`, if it was off. */
  startTalking(): void;
  stopTalking(): void;
  leave(): void;
  /** Carries out something whose failure a person should hear of. */
  attempt(work: () => Promise<unknown>): void;
}

/** Whether this browser can share a screen; phones cannot. */
export const canShareScreen: boolean =
  typeof globalThis.navigator?.mediaDevices?.getDisplayMedia === 'function';

export function createRoomActions(call: Call, view: RoomView, report: (error: unknown) => void): RoomActions {
  const { room } = call;
  const local = room.localParticipant;
  const attempt = (work: () => Promise<unknown>) => void work().catch(report);
  const canPublish = () => local.role !== 'viewer';
  const switchOnce = (work: () => Promise<unknown>) => {
    let busy = false;
    return () => {
      if (busy) return;
      busy = true;
      attempt(() => work().finally(() => (busy = false)));
    };
  };
  const talk = pushToTalk(call, view, attempt);
  return {
    attempt,
    toggleMicrophone: toggle(attempt, {
      isOn: () => local.microphoneEnabled,
      set: async (enabled) => {
        if (canPublish()) await withMicrophone((options) => local.setMicrophoneEnabled(enabled, options));
      },
    }),
    toggleCamera: toggle(attempt, {
      isOn: () => local.cameraEnabled,
      set: async (enabled) => {
        if (canPublish()) await withCamera((options) => local.setCameraEnabled(enabled, options));
      },
    }),
    toggleScreenShare: switchOnce(async () => {
      if (canPublish() && canShareScreen) {
        await local.setScreenShareEnabled(!local.screenShareEnabled, { audio: true, contentHint: 'detail' });
      }
    }),
    toggleHand: toggle(attempt, {
      isOn: () => local.handRaised,
      set: (raised) => local.setHandRaised(raised),
    }),
    toggleLayout: () => (view.mode.value = otherLayout(view)),
    ...talk,
    leave: () => attempt(() => room.leave()),
  };
}

/**
 * Each press turns the last wish around, also while that is still being carried out: the server may be away, and one
 * must be able to mute again.
 */
function toggle(
  attempt: (work: () => Promise<unknown>) => void,
  state: { readonly isOn: () => boolean; readonly set: (wanted: boolean) => Promise<unknown> },
): () => void {
  let wanted: boolean | undefined;
  let underWay = 0;
  return () => {
    const wish = !(wanted ?? state.isOn());
    wanted = wish;
    underWay++;
    attempt(() =>
      state.set(wish).finally(() => {
        if (--underWay === 0) wanted = undefined;
      }),
    );
  };
}

/** Between everybody alike and one large, whatever is on the screen now. */
function otherLayout(view: RoomView): LayoutMode {
  const large = view.plan.peek().kind === 'spotlight';
  if (large) view.pinned.value = undefined;
  return large ? 'grid' : 'speaker';
}

function pushToTalk(
  call: Call,
  view: RoomView,
  attempt: (work: () => Promise<unknown>) => void,
): Pick<RoomActions, 'startTalking' | 'stopTalking'> {
  const local = call.room.localParticipant;
  // One after the other: a short press must not end before it began.
  let last: Promise<unknown> = Promise.resolve();
  const set = (enabled: boolean) =>
    attempt(() => {
      const next = last.then(() => withMicrophone((options) => local.setMicrophoneEnabled(enabled, options)));
      last = next.catch(() => undefined);
      return next;
    });
  return {
    startTalking: () => {
      if (view.talking.peek() || local.role === 'viewer' || local.microphoneEnabled) return;
      view.talking.value = true;
      set(true);
    },
    stopTalking: () => {
      if (!view.talking.peek()) return;
      view.talking.value = false;
      set(false);
    },
  };
}
