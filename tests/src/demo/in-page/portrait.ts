/// <reference lib="dom" />
// Runs in pages: people as they are drawn, for cameras that need nobody in front of them.
import type { Colour } from '../../calls/in-page.js';

export interface Portrait {
  /** The wall behind; its upper left corner has this colour in every picture, so that receivers can tell whose it is. */
  readonly wall: Colour;
  /** CSS colours. */
  readonly light: string;
  readonly clothes: string;
  readonly hair: string;
  readonly skin: string;
  readonly cut: 'bob' | 'short' | 'bun' | 'curls' | 'long';
  readonly glasses?: boolean;
}

/** Pictures are drawn in these units, whatever their size in pixels. */
export const PORTRAIT_UNITS = { width: 640, height: 360 } as const;

const TURN = Math.PI * 2;
const INK = 'rgb(52 38 30)';

/** Draws a moment of somebody who sits there, breathes and now and then says something. */
export function drawPortrait(
  on: CanvasRenderingContext2D,
  who: Portrait,
  seconds: number,
  talks: boolean,
): void {
  on.save();
  on.scale(on.canvas.width / PORTRAIT_UNITS.width, on.canvas.height / PORTRAIT_UNITS.height);
  drawRoom(on, who);
  on.translate(320 + Math.sin(seconds * 0.7) * 5, 182 + Math.sin(seconds * 1.4) * 2);
  drawHairBehind(on, who);
  drawBody(on, who);
  on.rotate(Math.sin(seconds * 0.9) * 0.035);
  on.translate(Math.sin(seconds * 0.5) * 3, 0);
  drawHead(on, who);
  drawFace(on, who, seconds, talks);
  drawHairInFront(on, who);
  on.restore();
}

function drawRoom(on: CanvasRenderingContext2D, { wall, light }: Portrait): void {
  on.fillStyle = `rgb(${wall.join(' ')})`;
  on.fillRect(0, 0, PORTRAIT_UNITS.width, PORTRAIT_UNITS.height);
  on.fillStyle = light;
  on.globalAlpha = 0.5;
  ellipse(on, 330, 190, 205, 205);
  on.globalAlpha = 0.35;
  ellipse(on, 330, 190, 265, 265);
  on.globalAlpha = 1;
  // A shelf with a pot and its leaves.
  on.fillStyle = 'rgb(94 74 58 / 22%)';
  on.fillRect(490, 150, 150, 7);
  on.fillStyle = 'rgb(94 74 58 / 30%)';
  box(on, 548, 118, 40, 32, 7);
  on.fillStyle = 'rgb(74 96 68 / 45%)';
  for (const [x, lean] of [
    [556, -0.5],
    [568, 0],
    [580, 0.5],
  ] as const) {
    on.save();
    on.translate(x, 120);
    on.rotate(lean);
    ellipse(on, 0, -26, 8, 28);
    on.restore();
  }
}

function drawBody(on: CanvasRenderingContext2D, { clothes, skin }: Portrait): void {
  on.fillStyle = clothes;
  on.beginPath();
  on.moveTo(-172, 190);
  on.bezierCurveTo(-168, 108, -112, 88, -48, 76);
  on.lineTo(48, 76);
  on.bezierCurveTo(112, 88, 168, 108, 172, 190);
  on.closePath();
  on.fill();
  on.fillStyle = skin;
  box(on, -27, 36, 54, 54, 24);
  on.beginPath();
  on.ellipse(0, 78, 44, 22, 0, 0, TURN / 2);
  on.fill();
  on.fillStyle = 'rgb(60 34 20 / 13%)';
  ellipse(on, 0, 56, 26, 12);
}

function drawHead(on: CanvasRenderingContext2D, { skin }: Portrait): void {
  on.fillStyle = skin;
  ellipse(on, -61, -6, 10, 15);
  ellipse(on, 61, -6, 10, 15);
  on.beginPath();
  on.moveTo(-62, -36);
  on.bezierCurveTo(-64, 36, -38, 66, 0, 66);
  on.bezierCurveTo(38, 66, 64, 36, 62, -36);
  on.bezierCurveTo(60, -98, -60, -98, -62, -36);
  on.fill();
}

function drawFace(on: CanvasRenderingContext2D, who: Portrait, seconds: number, talks: boolean): void {
  on.fillStyle = 'rgb(214 88 60 / 24%)';
  ellipse(on, -36, 20, 13, 9);
  ellipse(on, 36, 20, 13, 9);
  on.strokeStyle = on.fillStyle = INK;
  on.lineCap = 'round';
  on.lineWidth = 3.4;
  const blinks = seconds % 3.7 < 0.14;
  for (const side of [-1, 1]) {
    if (blinks) line(on, side * 25 - 6, -4, side * 25 + 6, -4);
    else ellipse(on, side * 25, -5, 4.6, 5.8);
    on.beginPath();
    on.arc(side * 25, -12, 13, TURN * 0.64, TURN * 0.86);
    on.stroke();
    if (who.glasses) {
      on.lineWidth = 2.8;
      on.beginPath();
      on.ellipse(side * 26, -4, 20, 17, 0, 0, TURN);
      on.stroke();
      on.lineWidth = 3.4;
    }
  }
  if (who.glasses) line(on, -6, -6, 6, -6);
  const open = talks ? Math.abs(Math.sin(seconds * 7)) * Math.abs(Math.sin(seconds * 2.3)) * 10 : 0;
  on.beginPath();
  if (open > 2) {
    on.ellipse(0, 37, 11, open, 0, 0, TURN);
    on.fillStyle = 'rgb(126 48 38)';
    on.fill();
  } else {
    on.arc(0, 22, 17, TURN * 0.1, TURN * 0.4);
    on.stroke();
  }
}

function drawHairBehind(on: CanvasRenderingContext2D, { cut, hair }: Portrait): void {
  on.fillStyle = hair;
  if (cut === 'bob') box(on, -82, -92, 164, 150, 66);
  if (cut === 'long') box(on, -84, -94, 168, 216, 70);
  if (cut === 'bun') ellipse(on, 0, -104, 33, 30);
  if (cut !== 'curls') return;
  for (let part = 0; part < 11; part++) {
    const angle = TURN * 0.46 + (part / 10) * TURN * 0.58;
    ellipse(on, Math.cos(angle) * 70, -22 + Math.sin(angle) * 66, 29, 29);
  }
}

function drawHairInFront(on: CanvasRenderingContext2D, { cut, hair }: Portrait): void {
  on.fillStyle = hair;
  on.beginPath();
  on.moveTo(-68, -18);
  on.bezierCurveTo(-76, -112, 76, -112, 68, -18);
  if (cut === 'bob') on.bezierCurveTo(58, -48, -44, -46, -68, -18);
  else if (cut === 'short') on.bezierCurveTo(60, -66, 2, -36, -50, -54);
  else on.bezierCurveTo(54, -54, 14, -74, -6, -72);
  if (cut === 'short') on.bezierCurveTo(-62, -42, -62, -30, -68, -18);
  else if (cut !== 'bob') on.bezierCurveTo(-34, -60, -58, -46, -68, -18);
  on.fill();
}

function ellipse(on: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  on.beginPath();
  on.ellipse(x, y, width, height, 0, 0, TURN);
  on.fill();
}

function box(
  on: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  round: number,
): void {
  on.beginPath();
  on.roundRect(x, y, width, height, round);
  on.fill();
}

function line(on: CanvasRenderingContext2D, fromX: number, fromY: number, toX: number, toY: number): void {
  on.beginPath();
  on.moveTo(fromX, fromY);
  on.lineTo(toX, toY);
  on.stroke();
}
