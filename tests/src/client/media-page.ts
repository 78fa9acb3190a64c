/// <reference lib="dom" />
// Runs in the page: the SDK's media and statistics modules as they were compiled, for tests to call in the page.
import * as capture from '@madang/client/media/capture';
import * as deviceList from '@madang/client/media/devices';
import * as levelMeter from '@madang/client/media/level-meter';
import * as localTrack from '@madang/client/media/local-track';
import * as playback from '@madang/client/media/playback';
import * as receivedLevel from '@madang/client/media/received-level';
import * as remoteTrack from '@madang/client/media/remote-track';
import * as statisticsPoller from '@madang/client/stats/statistics-poller';

const modules = {
  ...capture,
  ...deviceList,
  ...levelMeter,
  ...localTrack,
  ...playback,
  ...receivedLevel,
  ...remoteTrack,
  ...statisticsPoller,

  sleep: (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms)),

  /** Resolves when `holds` answers true, rejects with `what` after 10 seconds. */
  async until(what: string, holds: () => boolean): Promise<void> {
    for (let i = 0; i < 200; i++) {
      if (holds()) return;
      await modules.sleep(50);
    }
    throw new Error(`it never came to: ${what}`);
  },

  /** How `call` failed: code, device and message. */
  async failureOf(call: () => Promise<unknown>): Promise<{ code: string; device: string; message: string }> {
    try {
      await call();
    } catch (error) {
      const { code, device, message } = error as { code: string; device: string; message: string };
      return { code, device, message };
    }
    throw new Error('it did not fail');
  },

  /** Frames the element has shown, counted for a second. */
  async framesShown(element: HTMLMediaElement): Promise<number> {
    const shown = (): number => (element as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames;
    const before = shown();
    await modules.sleep(1000);
    return shown() - before;
  },

  /** The loudest of 1.5 seconds: the fake microphone beeps each second. */
  async loudest(read: () => number): Promise<number> {
    let most = 0;
    for (let i = 0; i < 75; i++) {
      most = Math.max(most, read());
      await modules.sleep(20);
    }
    return most;
  },

  /** Two connections in this page over which the tracks go from the first to the second; a configuration for each. */
  async call(
    tracks: readonly localTrack.CapturedTrack[],
    [ofCaller, ofCallee]: readonly RTCConfiguration[] = [],
  ): Promise<{ caller: RTCPeerConnection; callee: RTCPeerConnection; received: RTCTrackEvent[] }> {
    const [caller, callee] = [new RTCPeerConnection(ofCaller), new RTCPeerConnection(ofCallee)];
    const early: (() => Promise<void>)[] = [];
    let isDescribed = false;
    const carry = (from: RTCPeerConnection, to: RTCPeerConnection): void => {
      from.onicecandidate = ({ candidate }) => {
        const add = (): Promise<void> => to.addIceCandidate(candidate ?? undefined);
        if (isDescribed) void add();
        else early.push(add);
      };
    };
    carry(caller, callee);
    carry(callee, caller);
    const received: RTCTrackEvent[] = [];
    callee.ontrack = (event) => received.push(event);
    for (const { mediaStreamTrack, stream } of tracks) caller.addTrack(mediaStreamTrack!, stream);
    await caller.setLocalDescription();
    await callee.setRemoteDescription(caller.localDescription!);
    await callee.setLocalDescription();
    await caller.setRemoteDescription(callee.localDescription!);
    isDescribed = true;
    for (const add of early) await add();
    await modules.until('connected', () => caller.connectionState === 'connected');
    return { caller, callee, received };
  },
};

declare global {
  var sdkMedia: typeof modules;
}
globalThis.sdkMedia = modules;
