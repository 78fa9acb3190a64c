import { signal, type ReadonlySignal } from '@preact/signals';
import type { CallSummary } from '../call/call-summary.js';
import { rememberRoom } from '../home/recent-rooms.js';
import { deviceHelp } from '../prejoin/device-help.js';
import { Preview } from '../prejoin/preview.js';
import { browserProblem } from '../problems/browser-fitness.js';
import { problemOf, problemOfEnd, type Problem } from '../problems/problem.js';
import { topologyTexts } from '../room/topology/topology-texts.js';
import { wayOf } from '../room/topology/way.js';
import type { EntryWishes } from '../route.js';
import { DeviceError, type Room } from '../sdk.js';
import { openCamera, openMicrophone } from '../settings/open-devices.js';
import { preferences } from '../settings/preferences.js';
import { notify } from '../ui/notices.js';
import { accessTokenFor, forgetAccessToken, newTokenInAddress } from './access-token.js';
import { lookAtDoor, type Door } from './door.js';
import { enterRoom, stopTracks, type TrackToBe } from './entry.js';
import { joinTexts } from './join-texts.js';
import { followPreferences } from './room-preferences.js';
import { readTokenClaims, type TokenClaims } from './token-claims.js';

/** Where one is on the way into a room and out of it. */
export type Stage =
  | { readonly at: 'asking'; readonly preview: Preview; readonly entering: boolean }
  | { readonly at: 'entering' }
  | { readonly at: 'waiting' }
  | { readonly at: 'inside'; readonly room: Room }
  | { readonly at: 'ended'; readonly summary: CallSummary }
  | { readonly at: 'problem'; readonly problem: Problem; readonly summary: CallSummary | undefined };

interface LastEntry {
  readonly name: string;
  readonly camera: boolean;
  readonly microphone: boolean;
}

declare global {
  interface Window {
    /** For tools that drive a browser: the room one is in. */
    madang: { room: Room | undefined };
  }
}

/** One person's way to a room: before, inside, after. Ends with `dispose`. */
export class Visit {
  readonly roomName: string;
  readonly #wishes: EntryWishes;
  #token: string | undefined;
  #tokenClaims: TokenClaims = {};
  readonly #stage = signal<Stage>({ at: 'entering' });
  readonly #door = signal<Door | undefined>(undefined);
  /** How one went in last. */
  #last: LastEntry | undefined;
  /** Watching only, because there can be no devices. */
  #watching = false;
  #entering: AbortController | undefined;
  #stopFollowing: (() => void) | undefined;
  #disposed = false;

  constructor(roomName: string, wishes: EntryWishes) {
    this.roomName = roomName;
    this.#wishes = wishes;
    this.#takeToken();
    this.#begin(wishes.joinAtOnce);
  }

  get stage(): ReadonlySignal<Stage> {
    return this.#stage;
  }

  /** What the server says of the room while one stands before it. */
  get door(): ReadonlySignal<Door | undefined> {
    return this.#door;
  }

  /** The name that an access token gives. */
  get tokenName(): string | undefined {
    return this.#tokenClaims.name;
  }

  get viewer(): boolean {
    return this.#wishes.viewer || this.#tokenClaims.role === 'viewer' || this.#watching;
  }

  /** Looks who is inside. Whoever may not enter is told before, not after, choosing a camera. */
  async look(): Promise<void> {
    const token = this.#token;
    const door = await lookAtDoor(this.roomName, token);
    const stage = this.#stage.peek();
    if (this.#disposed || token !== this.#token || stage.at !== 'asking' || stage.entering) return;
    // A server that does not answer once is no news.
    if (door === undefined) return;
    this.#door.value = door;
    if (door.mayEnter) return;
    stage.preview.dispose();
    this.#fail({ code: door.code, detail: undefined });
  }

  /** A link with another token was opened over this page: only the fragment changes, so nothing is loaded anew. */
  addressChanged(): void {
    if (!newTokenInAddress()) return;
    this.#takeToken();
    const stage = this.#stage.peek();
    if (stage.at !== 'asking' && stage.at !== 'problem') return;
    if (stage.at === 'asking') stage.preview.dispose();
    this.#begin(false);
  }

  /** Enters with what the preview shows. */
  enter(name: string): void {
    const stage = this.#stage.peek();
    if (stage.at !== 'asking' || stage.entering) return;
    this.#stage.value = { ...stage, entering: true };
    const { camera, microphone } = stage.preview.take();
    this.#last = { name, camera: camera !== undefined, microphone: microphone !== undefined };
    void this.#enter(name, [microphone, camera]);
  }

  /** Goes back to the question how to enter. */
  cancel(): void {
    this.#entering?.abort();
    this.#begin(false);
  }

  /** Asks once more, after the end of a call. */
  again(): void {
    this.#begin(false);
  }

  /** Tries once more what failed, as it was. */
  retry(): void {
    if (this.#last === undefined) this.#begin(false);
    else this.#enterAtOnce(this.#last);
  }

  /** Goes on without devices, where there can be none. */
  watch(): void {
    this.#watching = true;
    this.#begin(false);
  }

  /** The room is over. */
  left(summary: CallSummary): void {
    this.#outside();
    const problem = problemOfEnd(summary.reason);
    this.#stage.value = problem ? { at: 'problem', problem, summary } : { at: 'ended', summary };
  }

  dispose(): void {
    this.#disposed = true;
    this.#entering?.abort();
    const stage = this.#stage.peek();
    if (stage.at === 'asking') stage.preview.dispose();
    if (stage.at === 'inside') {
      this.#outside();
      void stage.room.leave();
    }
  }

  #begin(atOnce: boolean): void {
    const unfit = browserProblem();
    if (unfit === 'unsupportedBrowser' || (unfit && !this.viewer)) {
      this.#stage.value = { at: 'problem', problem: { code: unfit, detail: undefined }, summary: undefined };
    } else if (atOnce) {
      const { camera = true, microphone = true } = this.#wishes;
      this.#enterAtOnce({ name: this.#nameAtOnce(), camera, microphone });
    } else {
      this.#stage.value = { at: 'asking', preview: this.#openPreview(), entering: false };
      void this.look();
    }
  }

  /** Opens devices while the server is asked: nobody waits for the one and then for the other. */
  #enterAtOnce(wanted: LastEntry): void {
    this.#last = wanted;
    this.#stage.value = { at: 'entering' };
    const tracks = this.viewer
      ? []
      : [wanted.microphone ? openMicrophone() : undefined, wanted.camera ? openCamera() : undefined];
    void this.#enter(wanted.name, tracks);
  }

  #nameAtOnce(): string {
    return this.#wishes.name ?? (preferences.peek().name.trim() || joinTexts().guest);
  }

  #openPreview(): Preview {
    const preview = new Preview();
    if (this.viewer) return preview;
    const { cameraOn, microphoneOn } = preferences.peek();
    void preview.open({
      camera: this.#wishes.camera ?? cameraOn,
      microphone: this.#wishes.microphone ?? microphoneOn,
    });
    return preview;
  }

  async #enter(name: string, tracks: readonly TrackToBe[]): Promise<void> {
    const entering = new AbortController();
    this.#entering = entering;
    // Failures are told when the room is there; until then they are no unhandled ones.
    for (const track of tracks) if (track instanceof Promise) track.catch(() => undefined);
    try {
      const room = await enterRoom(
        {
          room: this.roomName,
          name,
          token: this.#token,
          viewer: this.viewer,
          topology: this.#wishes.topology,
        },
        tracks,
        {
          signal: entering.signal,
          onWaiting: () => {
            if (!entering.signal.aborted) this.#stage.value = { at: 'waiting' };
          },
          onTrackProblems: tellDeviceProblems,
        },
      );
      if (entering.signal.aborted || this.#disposed) {
        stopTracks(tracks);
        await room.leave();
      } else this.#inside(room);
    } catch (error) {
      if (entering.signal.aborted || this.#disposed) return;
      const problem = problemOf(error);
      if (!problem) this.#begin(false);
      else this.#fail(problem);
    }
  }

  /** There is no way in. */
  #fail(problem: Problem): void {
    if (problem.code === 'unauthorized' || problem.code === 'tokenExpired') forgetAccessToken(this.roomName);
    this.#stage.value = { at: 'problem', problem, summary: undefined };
  }

  #takeToken(): void {
    this.#token = accessTokenFor(this.roomName);
    this.#tokenClaims = this.#token === undefined ? {} : readTokenClaims(this.#token);
  }

  #inside(room: Room): void {
    rememberRoom(this.roomName, Date.now());
    window.madang = { room };
    this.#stopFollowing = followPreferences(room, (error) => tellDeviceProblems([error]));
    this.#stage.value = { at: 'inside', room };
    tellOtherWay(room, this.#wishes.topology);
  }

  #outside(): void {
    this.#stopFollowing?.();
    this.#stopFollowing = undefined;
    window.madang = { room: undefined };
  }
}

/** A link may ask for a way that the server does not have, or that a room which was there before does not go. */
function tellOtherWay(room: Room, wanted: EntryWishes['topology']): void {
  if (wanted === undefined || wanted === room.topology) return;
  const text = topologyTexts();
  if (room.participants.length === 0) notify(text.notOffered, { kind: 'warn' });
  else notify(text.alreadyOther[wayOf(room.topology)]);
}

/** Says why others do not see or hear one; once, when camera and microphone fail alike. */
function tellDeviceProblems(errors: readonly unknown[]): void {
  const [first, ...others] = errors.filter((error) => error instanceof DeviceError);
  if (first === undefined) return;
  const alike = others.some((other) => other.code === first.code && other.device !== first.device);
  const told = alike ? [first] : [first, ...others];
  for (const error of told) {
    const { what, todo } = deviceHelp(error, alike);
    notify(`${what} ${todo}`, { kind: 'error' });
  }
}
