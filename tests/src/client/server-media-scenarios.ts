/// <reference lib="dom" />
// Runs in the browser: each scenario plays something with real RTCPeerConnections and answers what came of it.
import type { ConnectionStatistics, VideoCodec, WantedMedia } from '@madang/client';
import { Playback } from '@madang/client/media/playback';
import { ReceivedTrack } from '@madang/client/media/remote-track';
import { StatisticsPoller } from '@madang/client/stats/statistics-poller';
import { pause, seen, sent, tone, until, videoOf } from './mesh-page.js';
import { Hall } from './server-media-page.js';
import type { Guest } from './server-media-page.js';

async function sees(guest: Guest, other: Guest, trackId: string, colour: 'red' | 'lime' | 'blue' | 'yellow') {
  await until(`a track of ${other.id} at ${guest.id}`, () => guest.from(other, trackId) !== undefined);
  await seen(guest.from(other, trackId), colour);
}

/** Two send, a third only receives; then one of them sends something else instead. */
export async function throughTheServer() {
  const hall = new Hall();
  const [a, b, viewer] = [hall.enter('a'), hall.enter('b'), hall.enter('v')];
  const [red, voice, blue] = [sent(videoOf('red')), sent(tone(), 'audio'), sent(videoOf('blue'))];
  a.media.publish(red);
  a.media.publish(voice);
  b.media.publish(blue);
  await Promise.all([
    sees(b, a, red.trackId, 'red'),
    sees(a, b, blue.trackId, 'blue'),
    sees(viewer, a, red.trackId, 'red'),
    sees(viewer, b, blue.trackId, 'blue'),
  ]);
  await until('the voice', () => viewer.from(a, voice.trackId)?.kind === 'audio');
  const upOffers = ['a', 'b', 'v'].map((id) => hall.count(`${id}>sfu offer up`));
  const statistics = new Map<string, ConnectionStatistics>();
  const poller = new StatisticsPoller(
    () => b.media.links(),
    (id, one) => statistics.set(id, one),
    () => b.media.server,
  );
  await until('statistics', () => statistics.get('a')?.received.length === 2);
  await until('a bitrate', () => statistics.get('a')!.receivedBitrateBps > 0);
  poller.stop();
  const sectionsBefore = viewer.media.server!.down!.getTransceivers().length;
  b.media.unpublish(blue.trackId);
  hall.server.unpublish('b', blue.trackId);
  await until('the end of the blue track', () => viewer.told.includes('end b'));
  const upWithoutTracks = b.media.server!.up;
  const yellow = sent(videoOf('yellow'));
  b.media.publish(yellow);
  await Promise.all([sees(viewer, b, yellow.trackId, 'yellow'), sees(a, b, yellow.trackId, 'yellow')]);
  const sections = viewer.media.server!.down!.getTransceivers().length;
  a.media.unpublish(voice.trackId);
  await until('the end of the voice', () => viewer.told.includes('end a'));
  const lime = sent(videoOf('lime'));
  a.media.publish(lime);
  await sees(viewer, a, lime.trackId, 'lime');
  const upSections = a.media.server!.up!.localDescription!.sdp.split(/^m=/m).length - 1;
  const { path, received, sent: sentTracks } = statistics.get('a')!;
  const toViewer = statistics.get('v')!;
  hall.end();
  return {
    upOffers,
    sections: [sectionsBefore, sections],
    upSections,
    isUpWithoutTracks: upWithoutTracks !== undefined,
    told: viewer.told,
    directOffers: hall.carried.filter((one) => one.includes('offer') && !one.includes('sfu')),
    states: b.states,
    path: path.kind,
    received: received.map(({ kind }) => kind).sort(),
    ownTrack: sentTracks.map(({ trackId }) => trackId === blue.trackId),
    fromViewer: [toViewer.path.kind, toViewer.received.length],
  };
}

/** The network changes: up restarts ICE, down is asked for anew; nothing ends. */
export async function anotherNetwork() {
  const hall = new Hall();
  const [a, b] = [hall.enter('a'), hall.enter('b')];
  const [red, blue] = [sent(videoOf('red')), sent(videoOf('blue'))];
  a.media.publish(red);
  b.media.publish(blue);
  await Promise.all([sees(b, a, red.trackId, 'red'), sees(a, b, blue.trackId, 'blue')]);
  await until('both are connected', () => a.states.at(-1) === 'connected');
  const before = a.media.server!;
  a.media.networkChanged();
  await until('another down connection', () => a.media.server!.down !== before.down);
  await until('it is connected', () => a.media.server!.down?.connectionState === 'connected');
  await Promise.all([sees(b, a, red.trackId, 'red'), sees(a, b, blue.trackId, 'blue')]);
  const isUpTheSame = a.media.server!.up === before.up;
  hall.end();
  return {
    isUpTheSame,
    upOffers: hall.count('a>sfu offer up'),
    downAsked: hall.count('a>sfu offer down'),
    told: [...a.told, ...b.told],
  };
}

/** The server is restarted, and everything comes back by itself. */
export async function serverRestart() {
  const hall = new Hall();
  const [a, b] = [hall.enter('a'), hall.enter('b')];
  const [red, blue] = [sent(videoOf('red')), sent(videoOf('blue'))];
  a.media.publish(red);
  b.media.publish(blue);
  await Promise.all([sees(b, a, red.trackId, 'red'), sees(a, b, blue.trackId, 'blue')]);
  hall.server.restart();
  for (const { media } of [a, b]) media.serverRestarted();
  const tracks = [a.from(b, blue.trackId), b.from(a, red.trackId)];
  await until(
    'other tracks',
    () => a.from(b, blue.trackId) !== tracks[0] && b.from(a, red.trackId) !== tracks[1],
  );
  await Promise.all([sees(b, a, red.trackId, 'red'), sees(a, b, blue.trackId, 'blue')]);
  const ends = [...a.told, ...b.told].filter((one) => one.startsWith('end'));
  hall.end();
  return ends.length;
}

/** Data goes from browser to browser, over connections that are made when they are needed; and it outlives a change. */
export async function dataBesideTheServer() {
  const hall = new Hall();
  const [a, b, c] = [hall.enter('a'), hall.enter('b'), hall.enter('c')];
  const red = sent(videoOf('red'));
  a.media.publish(red);
  await sees(b, a, red.trackId, 'red');
  const before = hall.carried.filter((one) => !one.includes('sfu')).length;
  const toB = a.media.openChannel({ to: 'b', label: 'files', reliable: true });
  await toB.send('one');
  await until('the first message', () => b.messages.length === 1);
  const connected = hall.carried.filter((one) => !one.includes('sfu'));
  await hall.setTopology('mesh');
  await Promise.all([sees(b, a, red.trackId, 'red'), sees(c, a, red.trackId, 'red')]);
  const pathsInMesh = [...c.media.links()].length;
  await toB.send('two');
  await hall.setTopology('sfu');
  await sees(c, a, red.trackId, 'red');
  await toB.send('three');
  await until('all messages', () => b.messages.length === 3);
  const texts = b.messages.map(({ data }) => new TextDecoder().decode(data));
  const toAll = c.media.openChannel({ to: 'all', label: 'cursor', reliable: true });
  await toAll.send('to all');
  await until('everybody hears', () => b.messages.length === 4 && a.messages.length === 1);
  hall.end();
  return { before, connected, pathsInMesh, texts };
}

/** What is offered first for a video in a codec, and in how many layers. */
export async function videoIn(codec: VideoCodec) {
  const hall = new Hall();
  const [a, b] = [hall.enter('a', 'sfu', codec), hall.enter('b')];
  const red = sent(videoOf('red'));
  a.media.publish(red);
  await sees(b, a, red.trackId, 'red');
  const up = a.media.server!.up!;
  const [encoding] = up.getSenders()[0]!.getParameters().encodings;
  const codecs = [...(await up.getStats()).values()] as { type: string; mimeType?: string }[];
  const mimeType = codecs.find(({ type }) => type === 'codec')?.mimeType;
  hall.end();
  return [mimeType, (encoding as { scalabilityMode?: string }).scalabilityMode];
}

/** Of a camera in three sizes, the server wants one, then none, then two. */
export async function sizesThatAreWanted() {
  const hall = new Hall();
  const [a, b] = [hall.enter('a'), hall.enter('b')];
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 1280, height: 720 });
  const context = canvas.getContext('2d')!;
  const timer = setInterval(() => context.fillRect(Math.random() * 1280, 0, 9, 9), 50);
  const camera = sent(canvas.captureStream(20).getVideoTracks()[0]!);
  a.media.publish(camera);
  await until('the track', () => b.from(a, camera.trackId) !== undefined);
  const sender = a.media.server!.up!.getSenders()[0]!;
  await until('the answer', () => a.media.server!.up!.signalingState === 'stable');
  const active = (): string =>
    sender
      .getParameters()
      .encodings.filter((one) => one.active)
      .map(({ rid }) => rid)
      .join();
  const seenActive = [active()];
  for (const rids of [['h'], [], ['q', 'f'], ['unknown']]) {
    a.media.handle({ type: 'encodingsWanted', trackId: camera.trackId, rids, seq: 1 });
    const before = active();
    await until('other encodings', () => active() !== before);
    seenActive.push(active());
  }
  clearInterval(timer);
  hall.end();
  return seenActive;
}

/** What is told of the size of a picture, in elements of several sizes, hidden and shown again. */
export async function sizesThatAreShown() {
  const told: WantedMedia[] = [];
  const playback = new Playback(() => undefined);
  const source = { trackId: 't', source: 'camera' } as const;
  const track = new ReceivedTrack(source, videoOf('red'), playback, (wanted) => told.push(wanted));
  const element = (width: number, height: number): HTMLVideoElement => {
    const video = document.createElement('video');
    Object.assign(video.style, { width: `${width}px`, height: `${height}px`, display: 'block' });
    document.body.append(video);
    return video;
  };
  const isToldOf = (count: number): Promise<void> => until(`${count} sizes`, () => told.length === count);
  const [small, large] = [element(160, 90), element(480, 270)];
  track.attach(small);
  await isToldOf(1);
  track.attach(large);
  await isToldOf(2);
  large.style.width = '500px'; // Not worth telling.
  await pause(200);
  large.style.display = 'none';
  await isToldOf(3);
  small.style.position = 'fixed';
  small.style.top = '-1000px';
  const hiddenAt = performance.now();
  await isToldOf(4);
  const pausedAfterMs = performance.now() - hiddenAt;
  small.style.top = '0';
  await isToldOf(5);
  // Another picture takes the element.
  const other = new ReceivedTrack({ ...source, trackId: 'u' }, videoOf('blue'), playback, () => undefined);
  other.attach(small);
  await isToldOf(6);
  track.end();
  other.end();
  return {
    told: told.map(({ paused, width, height }) => (paused ? 'paused' : `${width}x${height}`)),
    pausedAfterMs,
  };
}

/** Nothing is attached and the application says what it wants. */
export async function whatIsAskedFor() {
  const hall = new Hall();
  const [a, b] = [hall.enter('a'), hall.enter('b')];
  const red = sent(videoOf('red'));
  a.media.publish(red);
  await sees(b, a, red.trackId, 'red');
  b.media.want('a', red.trackId, { paused: false, width: 320, height: 180 });
  b.media.want('a', red.trackId, { paused: true });
  b.media.want('a', red.trackId, { paused: false, width: 640, height: 360 });
  b.media.want('nobody', 'x', { paused: true });
  await until('two messages', () => hall.count('b>sfu receive') === 2);
  await pause(400);
  const messages = hall.said.flatMap((one) => (one.type === 'receive' ? [one.tracks] : []));
  hall.end();
  return messages.map((tracks) =>
    tracks.map(({ paused, width, height }) => (paused ? 'paused' : `${width}x${height}`)),
  );
}
