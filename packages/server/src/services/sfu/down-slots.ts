import { randomBytes } from 'node:crypto';
import type { Codec, HeaderExtensions, SentMedia } from '@madang/core/sfu/media-parameters';
import { WireLimit } from '@madang/wire/limits';
import type { MediaSection } from '@madang/wire/media-server';
import type { DownSection } from './down-answer.js';
import type { CarriedTrack, DownSlot } from './down-offer.js';
import { keyOf } from './publication.js';
import type { Publication } from './publication.js';

/**
 * The m-sections of a down connection: which track is in which, what of it the client has accepted, and whether an offer
 * has to say something new.
 */
export class DownSlots {
  #slots: Slot[] = [];
  /** Grows over all connections of a participant, so that an answer to an earlier connection is known by its mids. */
  #nextMid = 0;
  #isChanged = false;

  /** Whether the slots are other ones than in the last offer. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** What an offer says of them, now. */
  offer(): readonly DownSlot[] {
    this.#isChanged = false;
    return this.#slots.map(({ accepted: _accepted, ...slot }) => slot);
  }

  /** Whether there is an m-section to offer. */
  get hasOpen(): boolean {
    return this.#slots.some(({ state }) => state === 'open');
  }

  /** Puts in what is wanted and takes out what is not. */
  assign(wanted: ReadonlyMap<string, Publication>): void {
    const present = new Set<string>();
    for (const [index, slot] of this.#slots.entries()) {
      if (slot.carried === undefined) continue;
      const key = keyOf(slot.carried);
      const publication = wanted.get(key);
      if (publication?.kind === slot.kind && publication.source === slot.carried.source) {
        present.add(key);
        if (!isSame(publication.codecs, slot.codecs))
          this.#put(index, this.#withCodecs(slot, publication.codecs));
      } else this.#put(index, withoutTrack(slot));
    }
    for (const [key, publication] of wanted) if (!present.has(key)) this.#add(publication);
  }

  /** Notes what the client has accepted of the slots that were offered. */
  accept(offered: readonly DownSlot[], sections: readonly DownSection[]): void {
    for (const [index, section] of sections.entries()) {
      const slot = this.#slots[index]!;
      if (slot.mid !== offered[index]!.mid) continue;
      if (section.state === 'accepted') {
        const ssrc = offered[index]!.carried?.ssrc;
        const { codecs, extensions } = section;
        this.#slots[index] = {
          ...slot,
          ...(ssrc !== undefined && { accepted: { ssrc, codecs, extensions } }),
        };
      } else if (slot.state === 'open') {
        // What has come into it since the offer has to go elsewhere.
        const isOther = slot.carried?.ssrc !== offered[index]!.carried?.ssrc;
        const refused = asRefused(slot);
        if (isOther && slot.carried !== undefined) this.#put(index, this.#revived(refused));
        else this.#slots[index] = refused;
      }
    }
  }

  /** What the worker has to send: what the client has accepted of what is carried now. */
  sent(): readonly SentMedia[] {
    return this.#slots.flatMap(({ mid, kind, carried, accepted }) => {
      if (carried === undefined || accepted?.ssrc !== carried.ssrc || accepted.codecs.length === 0) return [];
      const { participantId, trackId, ssrc, rtxSsrc } = carried;
      const { codecs, extensions } = accepted;
      const rtx = rtxSsrc === undefined ? {} : { rtxSsrc };
      return [{ participantId, trackId, mid, kind, ssrc, ...rtx, cname: participantId, codecs, extensions }];
    });
  }

  /** Begins anew for another connection: no slots, but no mid twice. */
  clear(): void {
    this.#slots = [];
    this.#isChanged = false;
  }

  #add(publication: Publication): void {
    const { kind, codecs } = publication;
    const carried = this.#carry(publication);
    const isFree = (slot: Slot) => slot.carried === undefined && slot.kind === kind;
    let index = this.#slots.findIndex((slot) => isFree(slot) && slot.state === 'open');
    if (index === -1) index = this.#slots.findIndex(isFree);
    if (index !== -1) this.#put(index, { ...this.#revived(this.#slots[index]!), codecs, carried });
    else if (this.#slots.length < WireLimit.mediaSections) {
      this.#put(this.#slots.length, { mid: this.#newMid(), kind, state: 'open', codecs, carried });
    }
  }

  #carry({ participantId, trackId, kind, source }: Publication): CarriedTrack {
    const rtx = kind === 'video' ? { rtxSsrc: this.#newSsrc() } : {};
    return { participantId, trackId, source, ssrc: this.#newSsrc(), ...rtx };
  }

  #put(index: number, slot: Slot): void {
    this.#slots[index] = slot;
    this.#isChanged = true;
  }

  #withCodecs(slot: Slot, codecs: readonly Codec[]): Slot {
    return { ...this.#revived(slot), codecs };
  }

  /** The slot in a state to be offered: one that was refused gets another mid. */
  #revived(slot: Slot): Slot {
    return slot.state === 'open' ? slot : { ...slot, state: 'open', mid: this.#newMid() };
  }

  #newMid(): string {
    return String(this.#nextMid++);
  }

  #newSsrc(): number {
    for (;;) {
      const ssrc = randomBytes(4).readUInt32BE();
      const isTaken = this.#slots.some(({ carried }) => carried?.ssrc === ssrc || carried?.rtxSsrc === ssrc);
      if (ssrc !== 0 && !isTaken) return ssrc;
    }
  }
}

/** A slot, and what the client has accepted of the track with that SSRC. */
interface Slot extends DownSlot {
  readonly accepted?: {
    readonly ssrc: number;
    readonly codecs: readonly Codec[];
    readonly extensions: HeaderExtensions;
  };
}

/** What an offer says its m-sections carry (wire: `media`). */
export function mediaOf(slots: readonly DownSlot[]): readonly MediaSection[] {
  return slots.flatMap(({ mid, state, carried }) => {
    if (state === 'refused' || carried === undefined) return [];
    const { participantId, trackId } = carried;
    return [{ mid, participantId, trackId }];
  });
}

function asRefused({ accepted: _accepted, ...slot }: Slot): Slot {
  return { ...slot, state: 'refused' };
}

function withoutTrack({ carried: _carried, accepted: _accepted, ...slot }: Slot): Slot {
  return slot;
}

function isSame(some: readonly Codec[], others: readonly Codec[]): boolean {
  const text = (codecs: readonly Codec[]) => codecs.map(({ payloadType }) => payloadType).join();
  return text(some) === text(others);
}
