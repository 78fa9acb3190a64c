/// <reference lib="dom" />
// Runs in the browser: each scenario plays something with real RTCPeerConnections and answers what came of it.
import { pause, received, seen, sent, tone, until, videoOf, Yard } from './mesh-page.js';
import type { Colour, Person } from './mesh-page.js';

/** Both have audio and video when the second one comes in. */
export async function mediaBothWays() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const [videoA, audioA, videoB, audioB] = [
    sent(videoOf('red')),
    sent(tone(), 'audio'),
    sent(videoOf('blue')),
    sent(tone(), 'audio'),
  ];
  for (const track of [videoA, audioA]) a.mesh.publish(track);
  for (const track of [videoB, audioB]) b.mesh.publish(track);
  yard.enter(b, a);
  await yard.connected([a, b]);
  await Promise.all([seen(b.from(a, videoA), 'red'), seen(a.from(b, videoB), 'blue')]);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    await until('audio comes in', async () => (await received(one.connectionTo(other), 'audio')) > 1000);
  await pause(300);
  const kinds = [b.from(a, audioA)?.kind, a.from(b, audioB)?.kind];
  yard.end();
  return {
    carried: yard.carried,
    kinds,
    ended: [a.ended.length, b.ended.length],
    states: [a.states, b.states],
  };
}

/** Somebody who sends nothing enters a room where one sends, and the other way round. */
export async function oneSendsOnly(sender: 'present' | 'newcomer') {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const [from, to] = sender === 'present' ? [a, b] : [b, a];
  const [video, audio] = [sent(videoOf('lime')), sent(tone(), 'audio')];
  from.mesh.publish(video);
  from.mesh.publish(audio);
  yard.enter(b, a);
  await yard.connected([a, b]);
  await seen(to.from(from, video), 'lime');
  await pause(300);
  const offers = yard.carried.filter((entry) => entry.endsWith('offer'));
  // The one that sent nothing so far begins; the m-section for it is there.
  const late = sent(videoOf('yellow'));
  to.mesh.publish(late);
  await until('the late track', () => from.from(to, late) !== undefined);
  await seen(from.from(to, late), 'yellow');
  const sections = from.connectionTo(to).getTransceivers().length;
  yard.end();
  return { offers, sections };
}

/** A camera that is published later, freed, taken again, changed and taken back. */
export async function lifeOfATrack() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  yard.enter(b, a);
  await yard.connected([a, b]);
  const camera = sent(videoOf('red'));
  a.mesh.publish(camera);
  await until('the track', () => b.from(a, camera) !== undefined);
  await seen(b.from(a, camera), 'red');
  const before = yard.carried.length;
  await a.mesh.replace(camera.trackId, null);
  await pause(300);
  const frames = await received(b.connectionTo(a), 'video');
  await pause(500);
  const framesWhileFreed = (await received(b.connectionTo(a), 'video')) - frames;
  await a.mesh.replace(camera.trackId, videoOf('blue'));
  await seen(b.from(a, camera), 'blue');
  const carriedByReplace = yard.carried.length - before;
  a.mesh.unpublish(camera.trackId);
  await until('its end', () => b.from(a, camera) === undefined);
  await pause(200);
  for (let round = 0; round < 5; round += 1) {
    const again = sent(videoOf('lime'));
    a.mesh.publish(again);
    await until('the track again', () => b.from(a, again) !== undefined);
    await seen(b.from(a, again), 'lime');
    a.mesh.unpublish(again.trackId);
    await until('its end again', () => b.from(a, again) === undefined);
    await pause(100);
  }
  const sections = a.connectionTo(b).currentLocalDescription?.sdp.match(/^m=/gm)?.length;
  yard.end();
  return { framesWhileFreed, carriedByReplace, ended: b.ended.length, sections };
}

/** A camera that is off when everybody connects, and one track exchanged for another in one breath. */
export async function offAtFirst() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const camera = sent(null);
  b.mesh.publish(camera);
  yard.enter(b, a);
  await yard.connected([a, b]);
  const nothing = a.tracks.size;
  await b.mesh.replace(camera.trackId, videoOf('blue'));
  await until('the track', () => a.from(b, camera) !== undefined);
  await seen(a.from(b, camera), 'blue');
  const screen = sent(videoOf('yellow'));
  b.mesh.unpublish(camera.trackId);
  b.mesh.publish(screen);
  await until('the other track', () => a.from(b, screen) !== undefined && a.from(b, camera) === undefined);
  await seen(a.from(b, screen), 'yellow');
  yard.end();
  return { nothing, ended: a.ended };
}

/** Both offer first, and later both publish at the same moment, again and again. */
export async function glare() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const [first, second] = [sent(videoOf('red')), sent(videoOf('blue'))];
  a.mesh.publish(first);
  b.mesh.publish(second);
  a.mesh.add('b', 'present');
  b.mesh.add('a', 'present');
  await yard.connected([a, b]);
  await until('both tracks', () => b.from(a, first) !== undefined && a.from(b, second) !== undefined);
  await Promise.all([seen(b.from(a, first), 'red'), seen(a.from(b, second), 'blue')]);
  for (let round = 0; round < 5; round += 1) {
    const [mine, yours] = [sent(videoOf('lime')), sent(videoOf('yellow'))];
    a.mesh.publish(mine);
    b.mesh.publish(yours);
    await until('both tracks', () => b.from(a, mine) !== undefined && a.from(b, yours) !== undefined);
    await Promise.all([seen(b.from(a, mine), 'lime'), seen(a.from(b, yours), 'yellow')]);
    a.mesh.unpublish(mine.trackId);
    b.mesh.unpublish(yours.trackId);
    await until('both ends', () => b.from(a, mine) === undefined && a.from(b, yours) === undefined);
  }
  const crossed =
    yard.carried.join().includes('a>b offer,b>a offer') ||
    yard.carried.join().includes('b>a offer,a>b offer');
  yard.end();
  return {
    crossed,
    connectedOnce: [a, b].map(({ states }) => states.filter((state) => state === 'connected').length),
  };
}

/** One ends its track in the moment the other one begins to send through the same m-section. */
export async function endMeetsBeginning(ends: 'polite' | 'impolite') {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const [one, other] = ends === 'polite' ? [a, b] : [b, a];
  for (let round = 0; round < 3; round += 1) {
    const [old, young] = [sent(videoOf('red')), sent(videoOf('lime'))];
    one.mesh.publish(old);
    if (round === 0) yard.enter(b, a);
    await until('the old track', () => other.from(one, old) !== undefined);
    await yard.connected([a, b]);
    one.mesh.unpublish(old.trackId);
    other.mesh.publish(young);
    await until('the old one to end', () => other.from(one, old) === undefined);
    await until('the young track', () => one.from(other, young) !== undefined);
    await seen(one.from(other, young), 'lime');
    other.mesh.unpublish(young.trackId);
    await until('its end', () => one.from(other, young) === undefined);
  }
  yard.end();
  return [a, b].map(({ states }) => states.filter((state) => state === 'connected').length);
}

function ufrag(connection: RTCPeerConnection): string | undefined {
  return /a=ice-ufrag:(\S+)/.exec(connection.currentLocalDescription?.sdp ?? '')?.[1];
}

/** A track is published and taken back before anything could be negotiated. */
export async function takenBackAtOnce() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  yard.enter(b, a);
  await yard.connected([a, b]);
  await yard.quiet();
  for (const person of [a, b]) {
    // The first takes the section that is there, the second needs one of its own.
    const hasty = [sent(videoOf('red')), sent(videoOf('red'))];
    for (const track of hasty) person.mesh.publish(track);
    for (const { trackId } of hasty) person.mesh.unpublish(trackId);
  }
  await yard.quiet();
  const [videoA, videoB] = [sent(videoOf('lime')), sent(videoOf('blue'))];
  a.mesh.publish(videoA);
  b.mesh.publish(videoB);
  await until('both tracks', () => b.from(a, videoA) !== undefined && a.from(b, videoB) !== undefined);
  await Promise.all([seen(b.from(a, videoA), 'lime'), seen(a.from(b, videoB), 'blue')]);
  await yard.quiet();
  yard.end();
}

/** Another track takes the place of one whose offer is on its way. */
export async function exchangedOnTheWay(by: 'polite' | 'impolite') {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const [one, other] = by === 'polite' ? [a, b] : [b, a];
  // Through the section that the other one sends through, so that it cannot just end.
  other.mesh.publish(sent(videoOf('blue')));
  yard.enter(b, a);
  await yard.connected([a, b]);
  await yard.quiet();
  const [old, young] = [sent(videoOf('red')), sent(videoOf('lime'))];
  let isExchanged = false;
  yard.tamper = (from, message) => {
    if (!isExchanged && from === one.id && message.type === 'offer') {
      isExchanged = true;
      one.mesh.unpublish(old.trackId);
      one.mesh.publish(young);
    }
    return message;
  };
  one.mesh.publish(old);
  await until('the young track', () => other.from(one, young) !== undefined);
  await seen(other.from(one, young), 'lime');
  await yard.quiet();
  const names = [...other.tracks.keys()].map((key) =>
    key === `${one.id}/${young.trackId}` ? 'young' : 'old',
  );
  yard.end();
  return names;
}

/** Both are in another network at once. */
export async function iceRestart() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const [video, back] = [sent(videoOf('red')), sent(videoOf('lime'))];
  a.mesh.publish(video);
  b.mesh.publish(back);
  yard.enter(b, a);
  await yard.connected([a, b]);
  await Promise.all([seen(b.from(a, video), 'red'), seen(a.from(b, back), 'lime')]);
  const [connection, before] = [a.connectionTo(b), ufrag(a.connectionTo(b))];
  a.mesh.networkChanged();
  b.mesh.networkChanged();
  await until(
    'new credentials',
    () => ufrag(connection) !== before && connection.signalingState === 'stable',
  );
  await yard.connected([a, b]);
  await pause(500);
  const frames = await received(b.connectionTo(a), 'video');
  await until('more frames', async () => (await received(b.connectionTo(a), 'video')) > frames + 5);
  // Decoded is not shown: after a rollback Chromium does only the former.
  await Promise.all([
    a.mesh.replace(video.trackId, videoOf('blue')),
    b.mesh.replace(back.trackId, videoOf('yellow')),
  ]);
  await Promise.all([seen(b.from(a, video), 'blue'), seen(a.from(b, back), 'yellow')]);
  const same = a.connectionTo(b) === connection;
  yard.end();
  return { same, ended: b.ended.length };
}

/** DTLS fails as long as fingerprints are false, which no ICE restart can mend. */
export async function rebuild() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const [videoA, videoB] = [sent(videoOf('red')), sent(videoOf('blue'))];
  a.mesh.publish(videoA);
  b.mesh.publish(videoB);
  const generations = new Set<string | undefined>();
  yard.tamper = (_from, message) => {
    generations.add(message.connection);
    if (message.type === 'candidate' || message.connection !== '1') return message;
    return { ...message, sdp: message.sdp.replace(/(a=fingerprint:sha-256 )(..)/g, '$1' + '00') };
  };
  yard.enter(b, a);
  await until(
    'both are connected',
    () => a.stateOf(b) === 'connected' && b.stateOf(a) === 'connected',
    30_000,
  );
  await Promise.all([seen(b.from(a, videoA), 'red'), seen(a.from(b, videoB), 'blue')]);
  const states = [a.states, b.states];
  const beginning = { generations: [...generations], states: states.map((list) => [...list]) };
  // A connection that worked is made anew by the other side: its tracks stay the same to the application.
  const ended = [a.ended.length, b.ended.length];
  yard.end();
  return { ...beginning, ended };
}

/** A connection that works has to be given up, since one side got an answer it cannot use. */
export async function rebuildOfWorking() {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const [videoA, videoB] = [sent(videoOf('red')), sent(videoOf('blue'))];
  a.mesh.publish(videoA);
  b.mesh.publish(videoB);
  yard.enter(b, a);
  await yard.connected([a, b]);
  const before = [a.connectionTo(b), b.connectionTo(a)];
  const tracks = [a.from(b, videoB), b.from(a, videoA)];
  const channel = a.mesh.openChannel({ to: 'b', label: 'chat', reliable: true });
  await channel.send('before');
  await until('the message before', () => b.messages.length === 1);
  yard.tamper = (_from, message) =>
    message.type === 'answer' && message.connection === '1' ? { ...message, sdp: 'v=0' } : message;
  a.mesh.networkChanged();
  await until('other connections', () => a.connectionTo(b) !== before[0] && b.connectionTo(a) !== before[1]);
  const receivers = await channel.send('meanwhile');
  await yard.connected([a, b]);
  await until('other tracks', () => a.from(b, videoB) !== tracks[0] && b.from(a, videoA) !== tracks[1]);
  await Promise.all([seen(b.from(a, videoA), 'red'), seen(a.from(b, videoB), 'blue')]);
  await until('the message meanwhile', () => b.messages.length === 2);
  const texts = b.messages.map(({ data }) => new TextDecoder().decode(data));
  const closed = before.map(({ connectionState }) => connectionState);
  yard.end();
  return { ended: [a.ended.length, b.ended.length], receivers, texts, closed };
}

/** Nobody makes the first offer, or it gets lost. */
export async function firstOfferMissing(how: 'nobody' | 'lost') {
  const yard = new Yard();
  const [a, b] = [yard.person('a'), yard.person('b')];
  const video = sent(videoOf('red'));
  a.mesh.publish(video);
  let lost = 0;
  if (how === 'nobody') {
    a.mesh.add('b', 'newcomer');
    b.mesh.add('a', 'newcomer');
  } else {
    // The newcomer's first, and that of the one in the room after it has waited in vain.
    yard.tamper = (_from, message) => (message.type === 'offer' && lost++ < 2 ? undefined : message);
    yard.enter(b, a);
  }
  await until('connected', () => a.stateOf(b) === 'connected' && b.stateOf(a) === 'connected', 20_000);
  await until('the track', () => b.from(a, video) !== undefined);
  await seen(b.from(a, video), 'red');
  yard.end();
  return { lost };
}

/** Three people; one leaves. */
export async function three() {
  const yard = new Yard();
  const people = [yard.person('b'), yard.person('c'), yard.person('a')] as const;
  const [b, c, a] = people;
  const colours = ['red', 'lime', 'blue'] as const;
  const videos = colours.map((colour) => sent(videoOf(colour)));
  people.forEach((person, index) => person.mesh.publish(videos[index]!));
  const bitrates = (person: Person): (number | undefined)[] =>
    [...person.mesh.links()].map(({ peerConnection }) => {
      const sender = peerConnection.getSenders().find(({ track }) => track?.kind === 'video');
      return sender?.getParameters().encodings[0]?.maxBitrate;
    });
  yard.enter(c, b);
  const unlimited: (number | undefined)[] = [];
  for (const { peerConnection } of b.mesh.links()) {
    peerConnection.addEventListener('connectionstatechange', () => {
      if (peerConnection.connectionState === 'connected') unlimited.push(...bitrates(b));
    });
  }
  await yard.connected([b, c]);
  await until('the plan for one', () => bitrates(b)[0] === 2_500_000);
  const forOne = bitrates(b);
  yard.enter(a, b, c);
  await yard.connected([b, c], [a, b], [a, c]);
  for (const person of people)
    for (const [index, other] of people.entries())
      if (person !== other) await seen(person.from(other, videos[index]!), colours[index]!);
  await until('the plan for two', () => bitrates(b).every((bitrate) => bitrate === 1_200_000));
  const forTwo = bitrates(b);
  for (const other of [b, c]) other.mesh.remove('a');
  a.mesh.close();
  const left = { links: [...b.mesh.links()].length, ended: [b.ended, c.ended], states: a.states.slice(-1) };
  yard.end();
  return { unlimited, forOne, forTwo, ...left };
}

/** Random things in quick succession; in the end each is told of what the others send, sees it, and it is quiet. */
export async function turmoil(seed: number) {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const yard = new Yard();
  const people = [yard.person('a'), yard.person('b'), yard.person('c')] as const;
  const [a, b, c] = people;
  const colours = ['red', 'lime', 'blue', 'yellow'] as const;
  const published = new Map(people.map((person) => [person, new Map<string, Colour>()]));
  const begin = (person: Person): void => {
    const colour = colours[random(4)]!;
    const track = sent(videoOf(colour));
    published.get(person)!.set(track.trackId, colour);
    person.mesh.publish(track);
  };
  yard.enter(b, a);
  yard.enter(c, a, b);
  for (let step = 0; step < 60; step += 1) {
    const person = people[random(3)]!;
    const tracks = published.get(person)!;
    const trackId = [...tracks.keys()][random(tracks.size)];
    const choice = random(10);
    if (choice < 4 && tracks.size < 4) begin(person);
    else if (choice < 7 && trackId !== undefined) {
      tracks.delete(trackId);
      person.mesh.unpublish(trackId);
    } else if (choice < 9 && trackId !== undefined) {
      const colour = colours[random(4)]!;
      tracks.set(trackId, colour);
      void person.mesh.replace(trackId, null);
      void person.mesh.replace(trackId, videoOf(colour));
    } else person.mesh.networkChanged();
    await pause(random(60));
  }
  for (const person of people) if (published.get(person)!.size === 0) begin(person);
  const pairs = people.flatMap((one) =>
    people.filter((other) => other !== one).map((other) => [one, other] as const),
  );
  const idsOf = (one: Person, other: Person): string[] =>
    [...published.get(other)!.keys()].map((trackId) => `${one.id}<${other.id}/${trackId}`);
  const expected = pairs.flatMap(([one, other]) => idsOf(one, other)).sort();
  const receivedNow = (): string[] =>
    people.flatMap(({ id, tracks }) => [...tracks.keys()].map((key) => `${id}<${key}`)).sort();
  // What is missing or too much is the business of the assertion.
  await until('agreement', () => receivedNow().join() === expected.join()).catch(() => undefined);
  const got = receivedNow();
  await Promise.all(
    pairs.flatMap(([one, other]) =>
      [...published.get(other)!].map(([trackId, colour]) =>
        seen(one.tracks.get(`${other.id}/${trackId}`), colour, 30_000),
      ),
    ),
  );
  await yard.quiet();
  yard.end();
  return { expected, got };
}
