/// <reference lib="dom" />
// Runs in the pages of the app. Each function stands alone: playwright carries its text there.
import type { Room } from '@madang/client';
import type { Colour } from '../calls/in-page.js';

declare global {
  interface Window {
    madang: { readonly room: Room | undefined };
    /** What the page did that its content security policy forbids. */
    violations?: string[];
  }
}

export interface Seen {
  /** Frames that were shown while looking. */
  readonly frames: number;
  /** In the middle of the last of them. */
  readonly colour: Colour;
  readonly width: number;
  readonly height: number;
}

/** Looks at a video element until it has shown eight frames, or for 15 seconds. */
export async function watchVideo(element: Element): Promise<Seen> {
  const video = element as HTMLVideoElement;
  let frames = 0;
  const count = () => {
    frames++;
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback(count);
  const end = performance.now() + 15_000;
  while (frames < 8 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  const context = new OffscreenCanvas(8, 8).getContext('2d')!;
  context.drawImage(video, 0, 0, 8, 8);
  const [red, green, blue] = context.getImageData(4, 3, 1, 1).data;
  return { frames, colour: [red!, green!, blue!], width: video.videoWidth, height: video.videoHeight };
}

/** Camera and microphone that give a moving picture of one colour and a tone: whoever receives them can tell whose they are. */
export function replaceDevices({
  colour,
  frequencyHz,
}: {
  readonly colour: Colour;
  readonly frequencyHz: number;
}): void {
  const picture = () => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 320, height: 180 });
    const context = canvas.getContext('2d')!;
    let frame = 0;
    setInterval(() => {
      context.fillStyle = `rgb(${colour.join(' ')})`;
      context.fillRect(0, 0, 320, 180);
      context.fillStyle = 'white';
      context.fillRect((frame++ * 4) % 320, 172, 8, 8);
    }, 66);
    return canvas.captureStream(15).getTracks();
  };
  const tone = () => {
    const context = new AudioContext();
    const destination = context.createMediaStreamDestination();
    const oscillator = new OscillatorNode(context, { frequency: frequencyHz });
    oscillator.connect(new GainNode(context, { gain: 0.4 })).connect(destination);
    oscillator.start();
    return destination.stream.getTracks();
  };
  navigator.mediaDevices.getUserMedia = (wanted) =>
    Promise.resolve(new MediaStream([...(wanted?.video ? picture() : []), ...(wanted?.audio ? tone() : [])]));
}

/** Notes what the content security policy forbids. */
export function noteViolations(): void {
  const noted: string[] = (window.violations = []);
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
    noted.push(`${violatedDirective}: ${blockedURI} ${sample}`);
  });
}

/** Stores preferences unless there are some. */
export function presetPreferences(preferences: object): void {
  const key = 'madang.preferences';
  if (localStorage.getItem(key) === null) localStorage.setItem(key, JSON.stringify(preferences));
}

/** How far the page can be scrolled sideways, and visible controls that stand outside of the window, by name. */
export function findOverflow(): string[] {
  const width = document.documentElement.clientWidth;
  const found: string[] = [];
  const scrolled = document.documentElement.scrollWidth - width;
  if (scrolled > 0) found.push(`the page is ${scrolled} px too wide`);
  for (const element of document.querySelectorAll<HTMLElement>('button, a, input, select, textarea, h1, p')) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('.spoken')) continue;
    const { left, right } = element.getBoundingClientRect();
    const name = element.dataset['testid'] ?? element.textContent.trim().slice(0, 30);
    if (left < -0.5 || right > width + 0.5) {
      found.push(
        `<${element.localName}> ${name} is at ${Math.round(left)} to ${Math.round(right)} of ${width}`,
      );
    }
  }
  return found;
}

/** Buttons within an element that are cut off or lie under something else, also after scrolling in it where one can, by name. */
export function findUnreachable(element: Element): string[] {
  const found: string[] = [];
  const scrolls = ['auto', 'scroll'].includes(getComputedStyle(element).overflowY);
  for (const button of element.querySelectorAll<HTMLElement>('button')) {
    if (!button.checkVisibility({ visibilityProperty: true })) continue;
    if (scrolls) button.scrollIntoView({ block: 'nearest', behavior: 'instant' });
    const { left, top, width, height } = button.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    if (hit === null || !button.contains(hit)) found.push(button.dataset['testid'] ?? button.textContent);
  }
  return found;
}

/** Animations and transitions under way that take any time, by what they move. */
export function runningAnimations(): string[] {
  return document
    .getAnimations()
    .filter(({ playState, effect }) => {
      const { duration } = effect!.getComputedTiming();
      return playState === 'running' && Number(duration) > 1;
    })
    .map(({ effect }) => {
      const { target } = effect as KeyframeEffect;
      return `${target?.localName}.${target?.getAttribute('class')}`;
    });
}
