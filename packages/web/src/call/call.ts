import { batch, computed, signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import type {
  ChatMessage,
  ConnectionStatistics,
  DisconnectReason,
  RemoteParticipant,
  Room,
  RoomConnectionState,
  Topology,
  TrackKind,
  WaitingPerson,
} from '../sdk.js';
import { CallRecord } from './call-record.js';
import type { CallSummary } from './call-summary.js';
import { ConnectionsWatch } from './connections-watch.js';
import { personOf, renewPeople } from './person.js';
import type { Person } from './person.js';
import { playRemoteAudio } from './remote-audio.js';
import { SpeakerChoice } from './speaker-choice.js';
import { UnseenVideo } from './unseen-video.js';

/** A host asks this person to mute. */
export interface MuteRequest {
  readonly kind: TrackKind;
  /** Name of the host, if it is still known. */
  readonly by: string | undefined;
}

/** A room as signals that the screen follows. What changes the room goes through `room` itself. */
export interface Call {
  readonly room: Room;
  readonly state: ReadonlySignal<RoomConnectionState>;
  /** Oneself first, then the others in the order they came. */
  readonly people: ReadonlySignal<readonly Person[]>;
  readonly self: ReadonlySignal<Person>;
  /** `participantId`s of those who are heard. */
  readonly speaking: ReadonlySignal<ReadonlySet<string>>;
  /** Whose picture is large in the speaker view. */
  readonly mainSpeaker: ReadonlySignal<string | undefined>;
  readonly chat: ReadonlySignal<readonly ChatMessage[]>;
  readonly locked: ReadonlySignal<boolean>;
  readonly lobby: ReadonlySignal<boolean>;
  readonly topology: ReadonlySignal<Topology>;
  readonly waiting: ReadonlySignal<readonly WaitingPerson[]>;
  readonly audioBlocked: ReadonlySignal<boolean>;
  /** Set back to undefined when it was answered. */
  readonly muteRequest: Signal<MuteRequest | undefined>;
  readonly connections: ConnectionsWatch;
  /** Told of pictures that are shown. */
  readonly unseen: UnseenVideo;
  /** Lets the browser play sound; to be called from a click. */
  startAudio(): Promise<void>;
  summary(reason: DisconnectReason): CallSummary;
  dispose(): void;
}

/** After each of these somebody is to be shown differently. */
const PEOPLE_EVENTS = [
  'participantChanged',
  'trackPublished',
  'trackUnpublished',
  'trackSubscribed',
  'trackUnsubscribed',
  'trackMuted',
  'trackUnmuted',
  'trackWithheld',
  'trackReleased',
  'localTrackPublished',
  'localTrackUnpublished',
] as const;

/** Binds signals to a room until `dispose`. The voices of the others are played from here. */
export function createCall(room: Room): Call {
  const people = signal<readonly Person[]>(peopleOf(room));
  const state = signal(room.state);
  const speaking = signal<ReadonlySet<string>>(new Set());
  const mainSpeaker = signal<string | undefined>(undefined);
  const chat = signal<readonly ChatMessage[]>([...room.chat]);
  const settings = settingsSignals(room);
  const waiting = signal<readonly WaitingPerson[]>([...room.waiting]);
  const audioBlocked = signal(room.audioPlaybackIsBlocked);
  const muteRequest = signal<MuteRequest | undefined>(undefined);
  const connections = new ConnectionsWatch();
  const unseen = new UnseenVideo(room);
  const record = new CallRecord(room.name, room.joinedAt);
  for (const participant of room.participants) record.saw(participant.name, participant.participantId);

  const refresh = oncePerTurn(() => (people.value = renewPeople(people.peek(), peopleOf(room))));
  // After a reconnection everything may be different without an event for each.
  const sync = () =>
    batch(() => {
      state.value = room.state;
      settings.renew();
      waiting.value = [...room.waiting];
      chat.value = [...room.chat];
      refresh.run();
    });
  const followSpeakers = speakerFollower(room, speaking, mainSpeaker);
  const stops = [
    ...PEOPLE_EVENTS.map((name) => room.on(name, refresh.run)),
    room.on('stateChanged', sync),
    room.on('participantJoined', (participant) => {
      record.saw(participant.name, participant.participantId);
      refresh.run();
    }),
    room.on('participantLeft', ({ participantId }) => {
      connections.remove(participantId);
      followSpeakers.remove(participantId);
      refresh.run();
    }),
    room.on('activeSpeakersChanged', followSpeakers.update),
    room.on('chatReceived', () => (chat.value = [...room.chat])),
    room.on('lobbyChanged', (now) => (waiting.value = [...now])),
    room.on('audioPlaybackBlocked', () => (audioBlocked.value = true)),
    room.on('settingsChanged', sync),
    room.on('connectionChanged', (participant: RemoteParticipant, connection: ConnectionStatistics) => {
      connections.add(participant.participantId, connection);
      record.wentBy(connection.path.kind);
    }),
    room.on('muteRequested', (by, kind) => (muteRequest.value = { kind, by: by?.name })),
    playRemoteAudio(room, () => (audioBlocked.value = room.audioPlaybackIsBlocked)),
  ];
  return {
    room,
    state,
    people,
    self: computed(() => people.value.find((person) => person.isLocal) ?? personOf(room.localParticipant)),
    speaking,
    mainSpeaker,
    chat,
    locked: settings.locked,
    lobby: settings.lobby,
    topology: settings.topology,
    waiting,
    audioBlocked,
    muteRequest,
    connections,
    unseen,
    startAudio: async () => {
      await room.startAudio();
      audioBlocked.value = room.audioPlaybackIsBlocked;
    },
    summary: (reason) => record.summary(reason, Date.now()),
    dispose: () => {
      for (const stop of stops) stop();
      refresh.cancel();
      followSpeakers.stop();
      unseen.stop();
    },
  };
}

/** What a host sets of the room. */
function settingsSignals(room: Room): Pick<Call, 'locked' | 'lobby' | 'topology'> & {
  readonly renew: () => void;
} {
  const locked = signal(room.locked);
  const lobby = signal(room.lobby);
  const topology = signal(room.topology);
  const renew = () => {
    locked.value = room.locked;
    lobby.value = room.lobby;
    topology.value = room.topology;
  };
  return { locked, lobby, topology, renew };
}

function peopleOf(room: Room): Person[] {
  return [room.localParticipant, ...room.participants].map(personOf);
}

/** Many events of one turn (a participant with three tracks) make one change of the screen. */
function oncePerTurn(work: () => void): { readonly run: () => void; readonly cancel: () => void } {
  let due = false;
  let cancelled = false;
  return {
    run: () => {
      if (due) return;
      due = true;
      queueMicrotask(() => {
        due = false;
        if (!cancelled) work();
      });
    },
    cancel: () => (cancelled = true),
  };
}

function speakerFollower(
  room: Room,
  speaking: Signal<ReadonlySet<string>>,
  mainSpeaker: Signal<string | undefined>,
): {
  readonly update: () => void;
  readonly remove: (participantId: string) => void;
  readonly stop: () => void;
} {
  const choice = new SpeakerChoice();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const update = () => {
    clearTimeout(timer);
    const ids = room.activeSpeakers.map(({ participantId }) => participantId);
    const others = ids.filter((id) => id !== room.localParticipant.participantId);
    const againInMs = choice.update(others, performance.now());
    if (againInMs !== undefined) timer = setTimeout(update, againInMs);
    batch(() => {
      speaking.value = new Set(ids);
      mainSpeaker.value = choice.shown;
    });
  };
  return {
    update,
    remove: (participantId) => {
      choice.remove(participantId);
      update();
    },
    stop: () => clearTimeout(timer),
  };
}
