import type { ChatMessage, Participant as ParticipantInfo, TrackInfo } from '@madang/wire/room-state';
import { WireLimit } from '@madang/wire/limits';
import { applyToView } from '@madang/wire/room-view';
import type { RoomView } from '@madang/wire/room-view';
import type { EndReason } from '@madang/wire/error-codes';
import type { JoinedMessage, SequencedMessage } from '@madang/wire/server-messages';
import type { DataOptions, DataSender } from '../api/data.js';
import { MadangError, UsageError } from '../api/errors.js';
import type { Participant, RemoteParticipant, Role } from '../api/participant.js';
import type {
  DisconnectReason,
  Room,
  RoomConnectionState,
  RoomEvents,
  Topology,
  VideoCodec,
  WaitingPerson,
} from '../api/room.js';
import type { TrackKind } from '../api/track.js';
import { Emitter } from '../events.js';
import { Playback } from '../media/playback.js';
import type { AnsweredBody } from '../signaling/request-body.js';
import type { SignalingClient } from '../signaling/signaling-client.js';
import { IceServerRefresh } from './ice-server-refresh.js';
import { LocalPerson } from './local-person.js';
import { People } from './people.js';
import { Observer } from './observer.js';
import type { RoomContext } from './room-context.js';
import { RoomMedia } from './room-media.js';
import { SingleMessages } from './single-messages.js';
import { TokenRenewal } from './token-renewal.js';

/** A room one is in: applies what the server says, and brings its people, their media and the listeners together. */
export class CallRoom extends Emitter<RoomEvents> implements Room {
  readonly joinedAt = Date.now();
  readonly localParticipant: LocalPerson;
  readonly #signaling: SignalingClient;
  readonly #relayOnly: boolean;
  readonly #videoCodec: VideoCodec;
  #lastN: number | undefined;
  readonly #context: RoomContext;
  readonly #people: People;
  readonly #playback: Playback;
  readonly #observer: Observer;
  readonly #refresh: IceServerRefresh;
  readonly #renewal: TokenRenewal | undefined;
  readonly #stopWatching: () => void;
  readonly #singleMessages = new SingleMessages((options) => this.openChannel(options));
  #media: RoomMedia;
  #view: RoomView;
  #state: RoomConnectionState = 'connected';
  /** `disconnected` is the last event. */
  #isSilent = false;

  constructor(options: {
    readonly signaling: SignalingClient;
    readonly joined: JoinedMessage;
    readonly relayOnly: boolean;
    readonly videoCodec: VideoCodec;
    readonly lastN: number | undefined;
    readonly access?: { readonly token: string; readonly renewToken: () => Promise<string> };
  }) {
    super();
    const { signaling, joined, relayOnly, videoCodec, access } = options;
    this.#signaling = signaling;
    this.#relayOnly = relayOnly;
    this.#videoCodec = videoCodec;
    this.#lastN = lastNOf(options.lastN);
    this.#view = { room: joined.room, chat: joined.chat };
    this.#playback = new Playback(() => {
      this.emit('audioPlaybackBlocked');
    });
    this.#media = this.#createMedia(joined);
    this.#context = this.#createContext();
    this.localParticipant = new LocalPerson(this.#context, infoOf(joined));
    this.#people = new People(this.#context);
    this.#observer = new Observer(this.#context, this.localParticipant, this.#people);
    this.#refresh = new IceServerRefresh(() => this.#request({ type: 'refreshIceServers' }));
    this.#refresh.schedule(joined.iceServersExpireAt);
    this.#renewal =
      access &&
      new TokenRenewal(access.token, {
        renew: access.renewToken,
        use: (token) => signaling.renewToken(token),
        onError: (error) => {
          this.emit('error', error);
        },
      });
    this.#stopWatching = this.#watchPage();
    this.#addPresent(joined);
  }

  get name(): string {
    return this.#view.room.name;
  }

  get state(): RoomConnectionState {
    return this.#state;
  }

  get participants(): readonly RemoteParticipant[] {
    return this.#people.all;
  }

  participant(participantId: string): RemoteParticipant | undefined {
    return this.#people.get(participantId);
  }

  get chat(): readonly ChatMessage[] {
    return this.#view.chat;
  }

  get locked(): boolean {
    return this.#view.room.locked;
  }

  get lobby(): boolean {
    return this.#view.room.lobby;
  }

  get waiting(): readonly WaitingPerson[] {
    return this.#view.room.waiting;
  }

  get topology(): Topology {
    return this.#view.room.topology;
  }

  get activeSpeakers(): readonly Participant[] {
    return this.#observer.activeSpeakers;
  }

  get audioPlaybackIsBlocked(): boolean {
    return this.#playback.blocked;
  }

  startAudio(): Promise<void> {
    return this.#playback.start();
  }

  async leave(): Promise<void> {
    if (this.#state === 'disconnected') return;
    this.#close('left', undefined);
    await this.#signaling.leave();
  }

  async sendChat(text: string, options: { to?: string } = {}): Promise<void> {
    await this.#request({ type: 'chat', text, ...options });
  }

  async send(options: DataOptions, data: Uint8Array<ArrayBuffer> | string): Promise<number> {
    return this.#singleMessages.send(options, data);
  }

  openChannel(options: DataOptions = {}): DataSender {
    const { to = 'all', label = 'data', reliable = true } = options;
    return this.#media.openChannel({ to, label, reliable });
  }

  setLastN(lastN: number | undefined): void {
    this.#lastN = lastNOf(lastN);
    this.#media.setLastN(this.#lastN);
  }

  setTopology(topology: Topology): Promise<void> {
    return this.#request({ type: 'setTopology', topology });
  }

  setLocked(locked: boolean): Promise<void> {
    return this.#request({ type: 'lock', locked });
  }

  setLobby(enabled: boolean): Promise<void> {
    return this.#request({ type: 'setLobby', enabled });
  }

  admit(participantId: string): Promise<void> {
    return this.#request({ type: 'admit', participantId });
  }

  deny(participantId: string): Promise<void> {
    return this.#request({ type: 'deny', participantId });
  }

  remove(participantId: string): Promise<void> {
    return this.#request({ type: 'remove', participantId });
  }

  setRole(participantId: string, role: Role): Promise<void> {
    return this.#request({ type: 'setRole', participantId, role });
  }

  requestMute(participantId: string, kind: TrackKind): Promise<void> {
    return this.#request({ type: 'requestMute', participantId, kind });
  }

  /** What a resume tells a server that was restarted. */
  snapshot(): { tracks: readonly TrackInfo[]; handRaised: boolean } {
    const { publications, handRaised } = this.localParticipant;
    return { tracks: publications.map(({ info }) => info), handRaised };
  }

  /** A message of the server, in order. */
  handle(message: SequencedMessage): void {
    if (this.#state === 'disconnected') return;
    const before = this.#view;
    this.#view = applyToView(before, message) ?? before;
    switch (message.type) {
      case 'joined':
        this.#refresh.schedule(message.iceServersExpireAt);
        this.#media.setIceServers(message.iceServers);
        this.localParticipant.update(infoOf(message));
        this.#people.restored(othersOf(message));
        this.#compareSettings(before);
        this.#media.serverRestarted();
        return;
      case 'participantJoined':
        this.#people.add(message.participant, 'newcomer');
        return;
      case 'participantLeft':
        this.#people.remove(message.participantId, message.reason);
        this.#singleMessages.forget(message.participantId);
        return;
      case 'participantChanged':
        this.#changed(message.participant);
        return;
      case 'roomChanged':
        this.#compareSettings(before);
        return;
      case 'lobbyChanged':
        this.emit('lobbyChanged', message.waiting);
        return;
      case 'offer':
      case 'answer':
      case 'candidate':
      case 'encodingsWanted':
      case 'videosWithheld':
      case 'mediaRestart':
        this.#media.handle(message);
        return;
      case 'mediaRefused':
        this.#media.handle(message);
        this.emit('error', new MadangError('mediaRefused', `The media server refused: ${message.reason}.`));
        return;
      case 'chat':
        this.emit('chatReceived', message.chat);
        return;
      case 'muteRequested':
        this.emit('muteRequested', this.#people.get(message.by), message.kind);
        return;
      case 'iceServers':
        this.#refresh.schedule(message.iceServersExpireAt);
        this.#media.setIceServers(message.iceServers);
        return;
      case 'waiting': // A restarted server has put this client into the lobby: `joined` or the end follows.
      case 'ok':
      case 'error':
        return;
    }
  }

  /** The session could not be resumed and a new one, as somebody new, has begun. */
  rejoined(joined: JoinedMessage): void {
    if (this.#state === 'disconnected') return;
    const before = this.#view;
    this.#people.clear('lost');
    this.#media.close();
    this.#singleMessages.clear();
    // A listener may have left the room.
    if (this.#isOver()) return;
    this.#view = { room: joined.room, chat: joined.chat };
    this.#media = this.#createMedia(joined);
    this.#refresh.schedule(joined.iceServersExpireAt);
    this.localParticipant.rejoined(infoOf(joined));
    this.#addPresent(joined);
    this.#compareSettings(before);
    this.connection('connected');
  }

  /** The way to the server was lost, or is there again. */
  connection(state: 'connected' | 'reconnecting'): void {
    if (this.#state === 'disconnected' || this.#state === state) return;
    this.#state = state;
    if (state === 'connected') this.#media.signalingRestored();
    else this.#media.signalingLost();
    this.emit('stateChanged', state);
  }

  /** The session is over for good. */
  ended(reason: EndReason | 'lost', error: Error | undefined): void {
    this.#close(reason === 'denied' ? 'removed' : reason, error);
  }

  #addPresent(joined: JoinedMessage): void {
    for (const info of othersOf(joined)) this.#people.add(info, 'present');
  }

  #changed(info: ParticipantInfo): void {
    if (info.participantId === this.localParticipant.participantId) this.localParticipant.update(info);
    else this.#people.get(info.participantId)?.update(info);
  }

  /** Says how the settings differ from those of `before`. */
  #compareSettings(before: RoomView): void {
    const { locked, lobby, topology, waiting } = this.#view.room;
    const old = before.room;
    const isTopologyOther = topology !== old.topology;
    this.#media.setTopology(topology);
    if (isTopologyOther || locked !== old.locked || lobby !== old.lobby) this.#say('settingsChanged');
    if (isTopologyOther) this.#say('topologyChanged', { topology, reason: undefined });
    // Told by its own message otherwise, and then the same.
    if (waiting !== old.waiting && waiting.length + old.waiting.length > 0)
      this.#say('lobbyChanged', waiting);
  }

  #isOver(): boolean {
    return this.#state === 'disconnected';
  }

  #say<Name extends keyof RoomEvents>(name: Name, ...details: RoomEvents[Name]): void {
    if (!this.#isSilent) this.emit(name, ...details);
  }

  #request(request: AnsweredBody): Promise<void> {
    return this.#signaling.request(request);
  }

  #createContext(): RoomContext {
    const currentMedia = () => this.#media;
    return {
      get media() {
        return currentMedia();
      },
      playback: this.#playback,
      request: (request) => this.#request(request),
      emit: (name, ...details) => {
        this.#say(name, ...details);
      },
    };
  }

  #createMedia({ participantId, iceServers, room }: JoinedMessage): RoomMedia {
    return new RoomMedia(
      {
        signal: (message) => {
          this.#signaling.post(message);
        },
        onTrack: (participantId, trackId, track, receiver) => {
          this.#people.get(participantId)?.mediaArrived(trackId, track, receiver);
        },
        onTrackEnded: (participantId, trackId, track) => {
          this.#people.get(participantId)?.mediaEnded(trackId, track);
        },
        onConnectionState: (participantId, state) => {
          this.#observer.connectionStateChanged(participantId, state);
        },
        onData: (message) => {
          this.emit('dataReceived', message);
        },
        onWithheld: (participantId, trackId, isWithheld) => {
          this.#people.get(participantId)?.setWithheld(trackId, isWithheld);
        },
      },
      {
        localId: participantId,
        topology: room.topology,
        relayOnly: this.#relayOnly,
        iceServers,
        videoCodec: this.#videoCodec,
        lastN: this.#lastN,
      },
    );
  }

  /** Leaves when the page goes, and looks for new paths when the network is another one. */
  #watchPage(): () => void {
    const network = (navigator as Navigator & { readonly connection?: EventTarget }).connection;
    const changed = () => {
      this.#media.networkChanged();
    };
    const leaving = (event: PageTransitionEvent) => {
      if (!event.persisted) this.#signaling.leaveNow();
    };
    addEventListener('online', changed);
    network?.addEventListener('change', changed);
    addEventListener('pagehide', leaving);
    return () => {
      removeEventListener('online', changed);
      network?.removeEventListener('change', changed);
      removeEventListener('pagehide', leaving);
    };
  }

  #close(reason: DisconnectReason, error: Error | undefined): void {
    if (this.#state === 'disconnected') return;
    this.#state = 'disconnected';
    this.#stopWatching();
    this.#refresh.stop();
    this.#renewal?.stop();
    this.#observer.stop();
    this.localParticipant.close();
    this.#people.close();
    this.#media.close();
    this.#playback.close();
    this.emit('stateChanged', 'disconnected');
    this.#isSilent = true;
    this.emit('disconnected', reason, error);
  }
}

/** @throws UsageError `invalidArgument` */
function lastNOf(lastN: number | undefined): number | undefined {
  if (lastN === undefined) return undefined;
  if (Number.isInteger(lastN) && lastN >= 0) return Math.min(lastN, WireLimit.participants);
  throw new UsageError('invalidArgument', 'lastN is a number of videos: 0, 1, 2, … or undefined.');
}

function infoOf(joined: JoinedMessage): ParticipantInfo {
  const { participantId, room } = joined;
  const own = room.participants.find((one) => one.participantId === participantId);
  return own ?? { participantId, name: '', role: 'viewer', handRaised: false, tracks: [] };
}

function othersOf(joined: JoinedMessage): readonly ParticipantInfo[] {
  return joined.room.participants.filter((one) => one.participantId !== joined.participantId);
}
