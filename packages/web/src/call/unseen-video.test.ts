import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { RemoteTrackPublication, Room, Track, WantedMedia } from '../sdk.js';
import { UnseenVideo } from './unseen-video.js';

interface Sent {
  readonly source: 'camera' | 'screen' | 'microphone' | 'other';
  readonly kind: 'audio' | 'video';
  track: Track | undefined;
  withheld: boolean;
  wanted: (WantedMedia | undefined)[];
  setWanted(wanted: WantedMedia | undefined): void;
}

function sent(source: Sent['source'], kind: Sent['kind'] = 'video'): Sent {
  const wanted: Sent['wanted'] = [];
  const setWanted = (one: WantedMedia | undefined) => void wanted.push(one);
  return { source, kind, track: {} as Track, withheld: false, wanted, setWanted };
}

function roomOf(people: Readonly<Record<string, readonly Sent[]>>): Room {
  const participants = Object.entries(people).map(([participantId, all]) => ({
    participantId,
    publications: all as unknown as RemoteTrackPublication[],
    publication: (source: string) => all.find((one) => one.source === source),
  }));
  return { participants } as unknown as Room;
}

const PAUSED = [{ paused: true }];

/** Time and frames are told here. */
function withTime(t: { after(fn: () => void): void }) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const frames: (() => void)[] = [];
  Object.assign(globalThis, {
    requestAnimationFrame: (run: () => void) => frames.push(run),
    cancelAnimationFrame: (id: number) => (frames[id - 1] = () => undefined),
  });
  t.after(() => {
    mock.timers.reset();
    Reflect.deleteProperty(globalThis, 'requestAnimationFrame');
    Reflect.deleteProperty(globalThis, 'cancelAnimationFrame');
  });
  return {
    settle: () => mock.timers.tick(1000),
    drawFrames: () => {
      for (let i = 0; i < frames.length; i++) frames[i]!();
    },
  };
}

test('what stands on no page is not wanted; pictures on the screen and voices are left alone', (t) => {
  const { settle } = withTime(t);
  const [seen, voice, screen, other] = [
    sent('camera'),
    sent('microphone', 'audio'),
    sent('screen'),
    sent('camera'),
  ];
  const unseen = new UnseenVideo(roomOf({ mina: [seen, voice, screen], joon: [other] }));
  unseen.changed(new Set(['mina:camera']));
  assert.deepEqual(other.wanted, [], 'who has just come may be on the screen in a moment');
  settle();
  assert.deepEqual([seen.wanted, voice.wanted], [[], []]);
  assert.deepEqual([screen.wanted, other.wanted], [PAUSED, PAUSED]);
  unseen.changed(new Set(['mina:camera']));
  settle();
  assert.deepEqual(other.wanted, PAUSED, 'it is said once');
});

test('video of another kind stands in the place of a camera, and beside one it is not shown', (t) => {
  const { settle } = withTime(t);
  const [film, camera, second] = [sent('other'), sent('camera'), sent('other')];
  const unseen = new UnseenVideo(roomOf({ mina: [film], joon: [camera, second] }));
  unseen.changed(new Set(['mina:camera', 'joon:camera']));
  settle();
  assert.deepEqual([film.wanted, camera.wanted, second.wanted], [[], [], PAUSED]);
});

test('once it is attached its size decides, also when it is out of sight again', (t) => {
  const { settle, drawFrames } = withTime(t);
  const camera = sent('camera');
  const unseen = new UnseenVideo(roomOf({ mina: [camera] }));
  unseen.changed(new Set());
  settle();
  unseen.attached(camera.track!);
  assert.deepEqual(camera.wanted, PAUSED, 'its size is not known yet');
  drawFrames();
  assert.deepEqual(camera.wanted, [...PAUSED, undefined]);
  unseen.changed(new Set());
  settle();
  assert.deepEqual(camera.wanted, [...PAUSED, undefined]);
});

test('a picture that came and went within a frame stays unwanted', (t) => {
  const { settle, drawFrames } = withTime(t);
  const camera = sent('camera');
  const unseen = new UnseenVideo(roomOf({ mina: [camera] }));
  unseen.changed(new Set());
  settle();
  unseen.attached(camera.track!)();
  drawFrames();
  assert.deepEqual(camera.wanted, PAUSED);
});

test('a track that came anew, on another path, is not wanted either', (t) => {
  const { settle, drawFrames } = withTime(t);
  const camera = sent('camera');
  const unseen = new UnseenVideo(roomOf({ mina: [camera] }));
  unseen.changed(new Set(['mina:camera']));
  settle();
  unseen.attached(camera.track!);
  drawFrames();
  camera.track = {} as Track;
  unseen.changed(new Set());
  settle();
  assert.deepEqual(camera.wanted, PAUSED);
});

test('what is withheld is asked for once while it is on the screen, and its size decides when it comes', (t) => {
  const { settle, drawFrames } = withTime(t);
  const camera = sent('camera');
  const unseen = new UnseenVideo(roomOf({ mina: [camera] }));
  camera.withheld = true;
  camera.track = undefined;
  unseen.changed(new Set());
  settle();
  unseen.changed(new Set(['mina:camera']));
  settle();
  const asked = [...PAUSED, { width: 320, height: 180 }];
  assert.deepEqual(camera.wanted, asked);
  unseen.changed(new Set(['mina:camera']));
  settle();
  assert.deepEqual(camera.wanted, asked);
  camera.withheld = false;
  camera.track = {} as Track;
  unseen.attached(camera.track);
  drawFrames();
  assert.deepEqual(camera.wanted, [...asked, undefined]);
  camera.withheld = true;
  camera.track = undefined;
  unseen.changed(new Set(['mina:camera']));
  settle();
  assert.deepEqual(camera.wanted, [...asked, undefined], 'others have spoken: it is not asked for again');
  unseen.changed(new Set());
  settle();
  unseen.changed(new Set(['mina:camera']));
  settle();
  assert.deepEqual(camera.wanted, [...asked, undefined, ...asked], 'but when somebody comes back to it');
});

test('what is pinned comes whoever speaks, until it is pinned no more', (t) => {
  const { settle } = withTime(t);
  const [mina, joon] = [sent('camera'), sent('screen')];
  const unseen = new UnseenVideo(roomOf({ mina: [mina], joon: [joon] }));
  mina.withheld = true;
  const all = new Set(['mina:camera', 'joon:screen']);
  unseen.changed(all, 'mina:camera');
  settle();
  unseen.changed(all, 'mina:camera');
  settle();
  assert.deepEqual(mina.wanted, [{ pinned: true }]);
  mina.withheld = false;
  unseen.changed(all, 'joon:screen');
  settle();
  assert.deepEqual([mina.wanted, joon.wanted], [[{ pinned: true }, undefined], [{ pinned: true }]]);
  unseen.changed(all);
  settle();
  assert.deepEqual(joon.wanted, [{ pinned: true }, undefined]);
});
