import type { Colour } from '../calls/in-page.js';
import type { Portrait } from './in-page/portrait.js';

/** Somebody whose picture and voice tell who it is. */
export interface Actor {
  readonly name: string;
  readonly portrait: Portrait;
  readonly frequencyHz: number;
}

export const MINA: Actor = {
  name: '미나',
  portrait: {
    ...{ wall: [240, 200, 176], light: 'rgb(252 232 212)', clothes: 'rgb(201 82 40)' },
    ...{ hair: 'rgb(48 33 28)', skin: 'rgb(244 207 176)', cut: 'bob' },
  },
  frequencyHz: 440,
};

export const JOON: Actor = {
  name: 'Joon',
  portrait: {
    ...{ wall: [190, 208, 182], light: 'rgb(226 236 214)', clothes: 'rgb(62 92 72)' },
    ...{ hair: 'rgb(40 32 30)', skin: 'rgb(232 190 152)', cut: 'short', glasses: true },
  },
  frequencyHz: 660,
};

export const ARA: Actor = {
  name: '아라',
  portrait: {
    ...{ wall: [186, 194, 224], light: 'rgb(222 226 244)', clothes: 'rgb(62 70 128)' },
    ...{ hair: 'rgb(70 46 34)', skin: 'rgb(248 216 190)', cut: 'long' },
  },
  frequencyHz: 880,
};

export const BEN: Actor = {
  name: 'Ben',
  portrait: {
    ...{ wall: [230, 198, 122], light: 'rgb(248 228 174)', clothes: 'rgb(92 64 46)' },
    ...{ hair: 'rgb(38 26 22)', skin: 'rgb(146 98 68)', cut: 'curls' },
  },
  frequencyHz: 1100,
};

export const CHLOE: Actor = {
  name: 'Chloé',
  portrait: {
    ...{ wall: [206, 168, 178], light: 'rgb(238 212 216)', clothes: 'rgb(122 52 70)' },
    ...{ hair: 'rgb(176 84 42)', skin: 'rgb(246 212 192)', cut: 'bun' },
  },
  frequencyHz: 1320,
};

export const CAST: readonly Actor[] = [MINA, JOON, ARA, BEN, CHLOE];

/** The wall in the evening: what a second camera sees. */
export const EVENING: Colour = [92, 82, 118];

/** The same person, seen by another camera. */
export function inTheEvening({ portrait }: Actor): Portrait {
  return { ...portrait, wall: EVENING, light: 'rgb(150 128 150)' };
}

/** Whether a received colour is the sent one: encoders change it a little. */
export function isColour(seen: Colour, sent: Colour): boolean {
  return sent.every((part, index) => Math.abs(part - seen[index]!) <= 14);
}
