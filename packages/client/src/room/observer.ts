import type { ConnectionState, ConnectionStatistics } from '../api/connection.js';
import type { LevelMeter } from '../api/devices.js';
import type { Participant } from '../api/participant.js';
import { createLevelMeter } from '../media/level-meter.js';
import { ReceivedLevel } from '../media/received-level.js';
import { SpeakingDetector } from '../media/speaking.js';
import { NO_PATH } from '../stats/path.js';
import { StatisticsPoller } from '../stats/statistics-poller.js';
import type { LocalPerson } from './local-person.js';
import type { LocalPublication } from './local-publication.js';
import type { People } from './people.js';
import type { RemotePerson } from './remote-person.js';
import type { RoomContext } from './room-context.js';

/** Watches a room while it lives: each connection every second, and five times a second who speaks. */
export class Observer {
  readonly #context: RoomContext;
  readonly #local: LocalPerson;
  readonly #people: People;
  readonly #poller: StatisticsPoller;
  readonly #speakingTimer: ReturnType<typeof setInterval>;
  readonly #detector = new SpeakingDetector();
  readonly #receivedLevels = new WeakMap<RTCRtpReceiver, ReceivedLevel>();
  #ownVoice: { readonly publication: LocalPublication; readonly meter: LevelMeter } | undefined;
  #activeSpeakers: readonly Participant[] = [];
  #speakerIds: readonly string[] = [];

  constructor(context: RoomContext, local: LocalPerson, people: People) {
    this.#context = context;
    this.#local = local;
    this.#people = people;
    this.#poller = new StatisticsPoller(
      () => context.media.links(),
      (participantId, statistics) => {
        this.#measured(participantId, statistics);
      },
      () => context.media.server,
    );
    this.#speakingTimer = setInterval(() => {
      this.#listen();
    }, LISTEN_INTERVAL_MS);
  }

  /** Who is heard, loudest first. */
  get activeSpeakers(): readonly Participant[] {
    return this.#activeSpeakers;
  }

  /** Says at once what the next measurement would say of a connection that came up or broke. */
  connectionStateChanged(participantId: string, state: ConnectionState): void {
    const person = this.#people.get(participantId);
    if (person === undefined || person.connection.state === state) return;
    const path = state === 'connected' || state === 'reconnecting' ? person.connection.path : NO_PATH;
    this.#tell(person, { ...person.connection, state, path, at: Date.now() });
  }

  stop(): void {
    this.#poller.stop();
    clearInterval(this.#speakingTimer);
    this.#ownVoice?.meter.stop();
    this.#activeSpeakers = [];
  }

  #measured(participantId: string, statistics: ConnectionStatistics): void {
    const person = this.#people.get(participantId);
    if (person === undefined) return;
    const reasons = statistics.sent.map(({ qualityLimitationReason }) => qualityLimitationReason);
    const reason = reasons.includes('cpu') ? 'cpu' : reasons.find((one) => one !== undefined);
    if (reason !== undefined) this.#context.media.reportLimitation(participantId, reason);
    this.#tell(person, statistics);
  }

  #tell(person: RemotePerson, statistics: ConnectionStatistics): void {
    person.connection = statistics;
    this.#context.emit('connectionChanged', person, statistics);
  }

  #listen(): void {
    const nowMs = performance.now();
    const levels = new Map<string, number>();
    for (const person of this.#people.all) {
      person.audioLevel = Math.max(0, ...person.audioReceivers.map((one) => this.#levelOf(one, nowMs)));
      levels.set(person.participantId, person.audioLevel);
    }
    this.#local.audioLevel = this.#ownLevel();
    levels.set(this.#local.participantId, this.#local.audioLevel);
    const speakerIds = this.#detector.update(levels, nowMs);
    if (speakerIds === this.#speakerIds) return;
    this.#speakerIds = speakerIds;
    const everybody: readonly (LocalPerson | RemotePerson)[] = [this.#local, ...this.#people.all];
    for (const one of everybody) one.speaking = speakerIds.includes(one.participantId);
    this.#activeSpeakers = speakerIds.flatMap(
      (id) => everybody.find(({ participantId }) => participantId === id) ?? [],
    );
    this.#context.emit('activeSpeakersChanged', this.#activeSpeakers);
  }

  #levelOf(receiver: RTCRtpReceiver, nowMs: number): number {
    const level = this.#receivedLevels.get(receiver) ?? new ReceivedLevel(receiver);
    this.#receivedLevels.set(receiver, level);
    return level.read(nowMs);
  }

  /** Loudness of what this client sends: nothing while it is muted. */
  #ownLevel(): number {
    const publication = this.#local.publication('microphone');
    const heard = publication?.muted === false ? publication : undefined;
    if (this.#ownVoice?.publication !== heard) {
      this.#ownVoice?.meter.stop();
      this.#ownVoice = heard && { publication: heard, meter: createLevelMeter(heard.track) };
    }
    return this.#ownVoice?.meter.level ?? 0;
  }
}

const LISTEN_INTERVAL_MS = 200;
