import assert from 'node:assert/strict';
import type { TrackSource } from '@madang/client';
import type { Colour } from './in-page.js';

/** A page of either browser. */
export interface TestPage {
  evaluate<Result, Argument>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;
}

/** A person whose picture and voice tell who it is. */
export interface Person {
  readonly name: string;
  readonly colour: Colour;
  readonly frequencyHz: number;
}

export const PEOPLE: readonly Person[] = [
  { name: '미나', colour: [210, 40, 40], frequencyHz: 440 },
  { name: 'Joon', colour: [40, 170, 60], frequencyHz: 660 },
  { name: 'Ara', colour: [50, 70, 210], frequencyHz: 880 },
  { name: 'Ben', colour: [200, 180, 40], frequencyHz: 1100 },
  { name: 'Chloé', colour: [150, 50, 180], frequencyHz: 1320 },
];

/** Sends the person's picture and voice. */
export async function publishPerson(page: TestPage, person: Person): Promise<void> {
  await page.evaluate(async ({ colour, frequencyHz }) => {
    await Promise.all([window.caller.publishColour(colour), window.caller.publishTone(frequencyHz)]);
  }, person);
}

/** Fails unless this page decodes frames of the person's colour. */
export async function assertSees(
  page: TestPage,
  person: Person,
  source: TrackSource = 'camera',
): Promise<void> {
  const { name, colour } = person;
  const seen = await page.evaluate(([who, what]) => window.caller.sees(who, what), [name, source] as const);
  const distance = Math.max(...colour.map((part, index) => Math.abs(part - seen.colour[index]!)));
  assert.ok(distance <= 40, `${name} should be rgb(${colour.join(' ')}), is rgb(${seen.colour.join(' ')})`);
  assert.ok(seen.frames >= 5);
}

/** Fails unless this page hears the person's tone. */
export async function assertHears(page: TestPage, person: Person): Promise<void> {
  const { name, frequencyHz } = person;
  const heard = await page.evaluate((who) => window.caller.hears(who), name);
  assert.ok(Math.abs(heard.frequencyHz - frequencyHz) < 15, `${name}: ${heard.frequencyHz} Hz`);
  assert.ok(heard.aboveRestDb > 25, `${name}: only ${heard.aboveRestDb} dB above the rest`);
}
