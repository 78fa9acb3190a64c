import type { ConnectionState } from '../api/connection.js';
import type { DataSender } from '../api/data.js';
import { UsageError } from '../api/errors.js';
import type { IceServer } from '@madang/wire/room-state';
import type { MediaCarrier } from '../room/media-carrier.js';
import { channelKey, isLabel, LONGEST_LABEL } from './channel-kind.js';
import { configurationOf } from './create-connection.js';
import { guarded } from './guarded.js';
import { LimitationLadder } from './limitation-ladder.js';
import type { LimitationReason } from './limitation-ladder.js';
import { Link } from './link.js';
import type { LinkEnvironment, RelayedMessage } from './link.js';
import { MeshDataSender } from './mesh-data-sender.js';
import type { MeshHost, MeshOptions, MeshReach, SentTrack } from './mesh-host.js';
import { planSending } from './send-plan.js';
import type { SendSettings } from './send-plan.js';

/** Kinds of channels a mesh has open at a time; the other side takes no more either. */
const MOST_CHANNEL_KINDS = 32;

/**
 * Direct connections to the other participants of a room. Each of them is kept alive, each gets every published track,
 * and all go by one plan of what this client's uplink and processor can bear. Where a server carries the media they are
 * made for data channels only, when there is one (`asNeeded`).
 *
 * Nothing other participants send makes a method throw.
 */
export class Mesh implements MediaCarrier {
  readonly #localId: string;
  readonly #relayOnly: boolean;
  #iceServers: readonly IceServer[];
  readonly #environment: LinkEnvironment;
  #reach: MeshReach;
  /** `participantId` of everybody there is, connected or not. */
  readonly #present = new Set<string>();
  readonly #links = new Map<string, Link>();
  readonly #tracks = new Map<string, SentTrack>();
  readonly #senders = new Set<MeshDataSender>();
  readonly #ladder = new LimitationLadder(performance.now());

  constructor(host: MeshHost, options: MeshOptions) {
    this.#localId = options.localId;
    this.#relayOnly = options.relayOnly;
    this.#iceServers = options.iceServers;
    this.#reach = options.reach ?? 'everybody';
    this.#environment = {
      host,
      configuration: () => configurationOf(this.#iceServers, this.#relayOnly),
      sentTracks: () => this.#tracks.values(),
      settingsOf: (trackId) => this.#settingsOf(trackId),
      carriesMedia: () => this.#reach === 'everybody',
      channelKinds: (participantId) => this.#sendersTo(participantId),
    };
  }

  /** Takes effect for each connection with its next ICE restart, and at once for those to come. */
  setIceServers(iceServers: readonly IceServer[]): void {
    this.#iceServers = iceServers;
    for (const link of this.#links.values()) link.setConfiguration();
  }

  /** Connects with everybody from now on, or ends the connections that no channel needs. */
  setReach(reach: MeshReach): void {
    if (reach === this.#reach) return;
    this.#reach = reach;
    if (reach === 'everybody') {
      // All do this at about the same time, so one of two has to be the one who offers.
      for (const id of this.#present) this.#connect(id, this.#localId > id ? 'offers' : 'awaits');
      return;
    }
    for (const { participantId, isIdle } of [...this.#links.values()])
      if (isIdle) this.#disconnect(participantId);
  }

  /**
   * Somebody is there, to be connected to. A `newcomer` came after this client and makes the first offer; to one that was
   * `present` this client makes it.
   */
  add(participantId: string, role: 'newcomer' | 'present'): void {
    if (participantId === this.#localId || this.#present.has(participantId)) return;
    this.#present.add(participantId);
    if (this.#reach === 'everybody') this.#connect(participantId, role === 'present' ? 'offers' : 'awaits');
    else if (this.#sendersTo(participantId).length > 0) this.#connect(participantId, 'offers');
  }

  remove(participantId: string): void {
    this.#present.delete(participantId);
    this.#disconnect(participantId);
  }

  /** A message that the signaling session brought. Those of participants that were not added are dropped. */
  handle(message: RelayedMessage): void {
    const { from } = message;
    if (message.type === 'offer' && this.#present.has(from)) this.#connect(from, 'awaits');
    this.#links.get(from)?.handle(message);
  }

  /** Sends a track to everybody, also to those who come later. */
  publish(track: SentTrack): void {
    this.#tracks.set(track.trackId, track);
    for (const link of this.#links.values()) link.add(track);
  }

  unpublish(trackId: string): void {
    if (!this.#tracks.delete(trackId)) return;
    for (const link of this.#links.values()) link.remove(trackId);
  }

  /** Sends other media (a device was changed) or none (it was freed) as a published track; no negotiation. */
  async replace(trackId: string, track: MediaStreamTrack | null): Promise<void> {
    const known = this.#tracks.get(trackId);
    if (known === undefined) return;
    const replaced = { ...known, track };
    this.#tracks.set(trackId, replaced);
    await Promise.all([...this.#links.values()].map((link) => link.replace(replaced)));
  }

  /** @throws UsageError `invalidArgument`, `unknownParticipant` */
  openChannel(options: { to: string; label: string; reliable: boolean }): DataSender {
    const { to, label, reliable } = options;
    if (!isLabel(label)) {
      throw new UsageError('invalidArgument', `The label of a channel has 1 to ${LONGEST_LABEL} characters.`);
    }
    if (to !== 'all' && !this.#present.has(to)) {
      throw new UsageError(
        'unknownParticipant',
        'There is nobody of this participantId in the room (any more).',
      );
    }
    const keys = new Set([...this.#senders].map(channelKey)).add(channelKey({ label, reliable }));
    if (keys.size > MOST_CHANNEL_KINDS) {
      const message = `At most ${MOST_CHANNEL_KINDS} channels can be open. Close one, or use one for more.`;
      throw new UsageError('invalidArgument', message);
    }
    const sender = new MeshDataSender({ label, reliable }, to, {
      links: () => this.#linksTo(to),
      onClosed: (closed) => this.#closeChannels(closed),
    });
    this.#senders.add(sender);
    for (const id of this.#present) if (to === 'all' || to === id) this.#connect(id, 'offers');
    // At once, since a lossy message does not wait for its channel to open.
    for (const link of this.#linksTo(to)) link.channels.open(sender);
    return sender;
  }

  *links(): Iterable<{
    readonly participantId: string;
    readonly state: ConnectionState;
    readonly peerConnection: RTCPeerConnection;
  }> {
    yield* this.#links.values();
  }

  /** This machine is in another network: looks for new paths to everybody at once. */
  networkChanged(): void {
    for (const link of this.#links.values()) link.networkChanged();
  }

  /** Until signaling is restored nothing that is broken can be mended, and nothing is tried. */
  signalingLost(): void {
    for (const link of this.#links.values()) link.signalingLost();
  }

  signalingRestored(): void {
    for (const link of this.#links.values()) link.signalingRestored();
  }

  /**
   * What `qualityLimitationReason` says of the video sent to a participant (`cpu` if it does of any of it); to be told
   * about once a second. After three seconds of `cpu` everybody gets less.
   */
  reportLimitation(participantId: string, reason: LimitationReason): void {
    if (!this.#links.has(participantId)) return;
    if (this.#ladder.report(participantId, reason, performance.now())) this.#applySettings();
  }

  /** Ends all connections. The mesh can be used again, with nobody in it and nothing published. */
  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    this.#present.clear();
    this.#tracks.clear();
    for (const sender of [...this.#senders]) sender.close();
  }

  /** Does nothing for one who is connected already. */
  #connect(participantId: string, firstOffer: 'offers' | 'awaits'): void {
    if (this.#links.has(participantId)) return;
    // A browser that makes no further RTCPeerConnection must not keep the room from handling what else comes.
    guarded(() => {
      const link = new Link(this.#environment, {
        participantId,
        polite: this.#localId < participantId,
        offersFirst: firstOffer === 'offers',
      });
      this.#links.set(participantId, link);
    });
    this.#applySettings();
  }

  #disconnect(participantId: string): void {
    const link = this.#links.get(participantId);
    if (link === undefined) return;
    this.#links.delete(participantId);
    this.#ladder.forget(participantId);
    link.close();
    this.#applySettings();
  }

  #settingsOf(trackId: string): SendSettings | undefined {
    const sent = this.#tracks.get(trackId);
    if (sent?.track === null || sent === undefined) return undefined;
    const { width, height } = sent.track.getSettings();
    const planned =
      width === undefined || height === undefined ? sent : { ...sent, shortEdge: Math.min(width, height) };
    return planSending(planned, this.#links.size, this.#ladder.steps);
  }

  #applySettings(): void {
    for (const link of this.#links.values()) link.applySettings();
  }

  *#linksTo(to: string): Iterable<Link> {
    for (const link of this.#links.values()) if (to === 'all' || to === link.participantId) yield link;
  }

  #sendersTo(participantId: string): MeshDataSender[] {
    return [...this.#senders].filter(({ to }) => to === 'all' || to === participantId);
  }

  #closeChannels(closed: MeshDataSender): void {
    this.#senders.delete(closed);
    const key = channelKey(closed);
    for (const link of this.#linksTo(closed.to)) {
      const isUsed = this.#sendersTo(link.participantId).some((other) => channelKey(other) === key);
      if (!isUsed) link.channels.close(closed);
    }
  }
}
