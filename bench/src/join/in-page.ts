/// <reference lib="dom" />
import type { connect } from '@madang/client';

// Sent into the pages as text: each function may use nothing from outside itself.

/** One side of a call, however its library spells it. */
export interface Side {
  /** Enters and waits; resolves once others can reach it. */
  wait(name: string): Promise<void>;
  /** Joins who waits under `name`; resolves at the first decoded frame with the milliseconds since it was called. */
  join(name: string): Promise<number>;
  /** When the first frame of whoever joined last was decoded here, in milliseconds since 1970. */
  seenAt(): Promise<number>;
  leave(): Promise<void>;
}

/** Puts `window.side` into a page that has `window.madang` (the SDK's module). */
export function setUpMadang(): void {
  const { connect } = window.madang;
  let room: Awaited<ReturnType<typeof connect>>;
  let seen: Promise<number>;
  const enter = async (name: string) => {
    room = await connect(location.origin, { room: name, name: 'bench' });
    seen = new Promise((resolve) => {
      room.on('trackSubscribed', (track) => {
        if (track.kind === 'video')
          void window.firstFrame(new MediaStream([track.mediaStreamTrack])).then(resolve);
      });
    });
    await room.localParticipant.publish(window.picture.clone(), { source: 'camera' });
  };
  window.side = {
    wait: enter,
    join: async (name) => {
      const begin = performance.now();
      await enter(name);
      await seen;
      return performance.now() - begin;
    },
    seenAt: () => seen,
    leave: () => room.leave(),
  };
}

/** The same with PeerJS, whose script has set `window.Peer`, and with the ICE servers Madang gives its own. */
export function setUpPeerJs(given: { port: number; iceServers: RTCIceServer[] }): void {
  let peer: PeerJs;
  let seen: Promise<number>;
  const open = (id?: string) => {
    const { port, iceServers } = given;
    const options = { host: '127.0.0.1', port, path: '/', config: { iceServers } };
    peer = id === undefined ? new window.Peer(options) : new window.Peer(id, options);
    return new Promise<void>((resolve) =>
      peer.on('open', () => {
        resolve();
      }),
    );
  };
  const watch = (call: PeerJsCall) => {
    seen = new Promise((resolve) => {
      call.on('stream', (stream) => void window.firstFrame(stream).then(resolve));
    });
  };
  const mine = () => new MediaStream([window.picture.clone()]);
  window.side = {
    wait: async (name) => {
      await open(name);
      peer.on('call', (call) => {
        watch(call);
        call.answer(mine());
      });
    },
    join: async (name) => {
      const begin = performance.now();
      await open();
      watch(peer.call(name, mine()));
      await seen;
      return performance.now() - begin;
    },
    seenAt: () => seen,
    leave: () => {
      peer.destroy();
      return Promise.resolve();
    },
  };
}

/** A moving picture to send, and how to tell its first decoded frame. */
export function setUpMedia(): void {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 640, height: 360 });
  const context = canvas.getContext('2d')!;
  let frame = 0;
  setInterval(() => {
    context.fillStyle = `hsl(${frame++ % 360} 80% 50%)`;
    context.fillRect(0, 0, 640, 360);
  }, 33);
  window.picture = canvas.captureStream(30).getVideoTracks()[0]!;
  window.firstFrame = async (stream) => {
    const video = document.createElement('video');
    Object.assign(video, { muted: true, srcObject: stream });
    void video.play();
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    video.srcObject = null;
    return Date.now();
  };
}

interface PeerJsCall {
  on(event: 'stream', listener: (stream: MediaStream) => void): void;
  answer(stream: MediaStream): void;
}

interface PeerJs {
  on(event: 'open', listener: () => void): void;
  on(event: 'call', listener: (call: PeerJsCall) => void): void;
  call(id: string, stream: MediaStream): PeerJsCall;
  destroy(): void;
}

declare global {
  interface Window {
    madang: { readonly connect: typeof connect };
    Peer: { new (options: object): PeerJs; new (id: string, options: object): PeerJs };
    side: Side;
    picture: MediaStreamTrack;
    firstFrame(stream: MediaStream): Promise<number>;
  }
}
