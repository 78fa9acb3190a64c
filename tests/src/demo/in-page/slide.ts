/// <reference lib="dom" />
// Runs in pages: a screen to share.
import type { Colour } from '../../calls/in-page.js';

/** What the upper left corner of the slide has for a colour. */
export const SLIDE_COLOUR: Colour = [252, 250, 246];

const SLIDE_UNITS = { width: 1280, height: 720 } as const;

/** Heights of the bars, 0 to 1. */
const BARS = [0.36, 0.52, 0.44, 0.7, 0.62, 0.88];

/** Draws a slide with a chart that grows, so that each frame differs. */
export function drawSlide(on: CanvasRenderingContext2D, seconds: number): void {
  const { width, height } = SLIDE_UNITS;
  on.save();
  on.scale(on.canvas.width / width, on.canvas.height / height);
  on.fillStyle = `rgb(${SLIDE_COLOUR.join(' ')})`;
  on.fillRect(0, 0, width, height);
  const write = (text: string, x: number, y: number, size: number, colour: string, weight = 400) => {
    on.font = `${weight} ${size}px "Noto Sans CJK KR", "Noto Sans KR", system-ui, sans-serif`;
    on.fillStyle = colour;
    on.fillText(text, x, y);
  };
  write('마당 · The yard', 96, 150, 30, '#b9430f', 600);
  write('Visitors this spring', 96, 218, 58, '#211c17', 700);
  write('올봄에 마당을 찾은 사람들', 96, 276, 34, '#5f564c');
  on.fillStyle = '#e7e0d6';
  on.fillRect(96, 622, 1088, 3);
  for (const [index, share] of BARS.entries()) {
    const tall = 290 * share * (0.97 + 0.03 * Math.sin(seconds * 2 + index));
    on.fillStyle = index === BARS.length - 1 ? '#d9622b' : '#d8c7a4';
    on.beginPath();
    on.roundRect(120 + index * 182, 622 - tall, 112, tall, [14, 14, 0, 0]);
    on.fill();
    write(`${index + 1}월`, 152 + index * 182, 664, 28, '#74695d');
  }
  on.restore();
}
