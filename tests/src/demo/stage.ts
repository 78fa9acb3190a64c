import type { ConnectionPath } from '@madang/client';
import type { Colour } from '../calls/in-page.js';
import { isColour } from './cast.js';
import type { Actor } from './cast.js';
import { framesInASecond } from './in-page/watch.js';
import type { Check, Figure, Picture } from './scene.js';
import type { Theatre } from './theatre.js';
import { Visitor } from './visitor.js';
import type { Look } from './visitor.js';

/** Where one scene is played: its room, its people, and what comes of it. */
export class Stage {
  readonly theatre: Theatre;
  readonly room: string;
  readonly checks: Check[] = [];
  readonly figures: Figure[] = [];
  readonly pictures: Picture[] = [];
  readonly #leave: (() => Promise<void>)[] = [];

  constructor(theatre: Theatre, room: string) {
    this.theatre = theatre;
    this.room = room;
  }

  /** Somebody at the app, who goes when the scene ends. */
  async visitor(actor: Actor, look: Look = {}): Promise<Visitor> {
    const visitor = await Visitor.arrive(this.theatre, actor, look);
    this.atTheEnd(() => visitor.close());
    return visitor;
  }

  /** Somebody in the room. */
  async person(actor: Actor, look: Look = {}, query = ''): Promise<Visitor> {
    return (await this.visitor(actor, look)).enter(this.room, query);
  }

  atTheEnd(leave: () => Promise<void>): void {
    this.#leave.push(leave);
  }

  async clear(): Promise<void> {
    await Promise.all(this.#leave.splice(0).map((leave) => leave()));
  }

  /** Looks whether something is so; `look` answers what it saw, or throws. */
  async check(what: string, look: () => Promise<string>): Promise<void> {
    try {
      this.checks.push({ what, passed: true, seen: await look() });
    } catch (error) {
      this.checks.push({ what, passed: false, seen: shortly(error) });
    }
  }

  figure(name: string, value: string): void {
    this.figures.push({ name, value });
  }

  async picture(visitor: Visitor, caption: string): Promise<void> {
    await visitor.stir();
    const jpeg = await visitor.page.screenshot({ type: 'jpeg', quality: 82 });
    this.pictures.push({ caption, jpeg, shape: visitor.shape });
  }

  /** Frames of the sent colour arrive. */
  sees(at: Visitor, actor: Actor, colour: Colour = actor.portrait.wall): Promise<void> {
    return this.check(`${at.name} sees ${actor.name}`, async () => {
      const seen = await at.look(actor.name);
      if (!isColour(seen.colour, colour))
        throw new Error(`the picture is rgb(${seen.colour.join(' ')}), not rgb(${colour.join(' ')})`);
      return `rgb(${seen.colour.join(' ')}) of rgb(${colour.join(' ')}), ${seen.width}×${seen.height}`;
    });
  }

  /** The sent tone arrives. */
  hears(at: Visitor, actor: Actor): Promise<void> {
    return this.check(`${at.name} hears ${actor.name}`, async () => {
      const { frequencyHz, aboveRestDb } = await at.listen(actor.name);
      const heard = `${Math.round(frequencyHz)} Hz of ${actor.frequencyHz} Hz, ${Math.round(aboveRestDb)} dB above the rest`;
      if (Math.abs(frequencyHz - actor.frequencyHz) > 15 || aboveRestDb < 25) throw new Error(heard);
      return heard;
    });
  }

  /** Media takes this kind of path. */
  path(at: Visitor, actor: Actor, kind: ConnectionPath['kind'], relay?: 'udp' | 'tls'): Promise<void> {
    const over = relay === undefined ? '' : `, to TURN over ${relay.toUpperCase()}`;
    return this.check(`The path from ${actor.name} to ${at.name} is ${kind}${over}`, async () => {
      const { path } = await at.connectionTo(actor.name);
      const seen = describePath(path);
      if (path.kind !== kind || (relay !== undefined && path.relayProtocol !== relay)) throw new Error(seen);
      return seen;
    });
  }

  /** Notes how the connection is: path, round trip, bitrates, frames. */
  async measure(at: Visitor, actor: Actor): Promise<void> {
    const first = await at.firstFrameMs(actor.name);
    this.figure('Connect to first decoded frame', `${Math.round(first)} ms`);
    const frames = await at.pictureOf(actor.name).evaluate(framesInASecond);
    this.figure('Frames decoded in a second', `${frames}`);
    await this.measureConnection(at, actor);
  }

  async measureConnection(at: Visitor, actor: Actor): Promise<void> {
    const { path, roundTripMs, received } = await at.connectionTo(actor.name);
    this.figure('Path', describePath(path));
    this.figure('Round trip', `${roundTripMs!.toFixed(1)} ms`);
    for (const { kind, bitrateBps, codec } of received) {
      const of = codec === undefined ? '' : ` (${codec.replace(/^\w+\//, '')})`;
      this.figure(kind === 'audio' ? 'Voice received' : 'Picture received', `${kilobits(bitrateBps)}${of}`);
    }
  }
}

function kilobits(bitrateBps: number): string {
  return `${Math.round(bitrateBps / 1000)} kbit/s`;
}

function describePath(path: ConnectionPath): string {
  const over = path.relayProtocol ?? path.protocol;
  const types = `${path.localCandidateType ?? '?'} ↔ ${path.remoteCandidateType ?? '?'}`;
  return `${path.kind}${over === undefined ? '' : ` over ${over.toUpperCase()}`} (${types})`;
}

/** The first line, and what playwright waited for. */
function shortly(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  const waited = lines.find((line) => line.includes('waiting for'));
  return [lines[0]!, ...(waited === undefined ? [] : [waited.replace(/^\W+/, '')])].join(' ');
}
