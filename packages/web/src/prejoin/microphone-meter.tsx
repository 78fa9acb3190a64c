import { useEffect, useRef, useState } from 'preact/hooks';
import { createLevelMeter, type LocalTrack } from '../sdk.js';
import { prejoinTexts } from './prejoin-texts.js';
import './microphone-meter.css';

/** A level above this is a voice, not the hiss of a room. */
const HEARD_LEVEL = 0.06;
/** So long nothing is heard before that is worth a word. */
const SILENT_MS = 7000;

/** Moves with the voice: proof that the microphone hears. */
export function MicrophoneMeter({ track }: { readonly track: LocalTrack }) {
  const text = prejoinTexts();
  const bar = useRef<HTMLDivElement>(null);
  const [hearing, setHearing] = useState<'waiting' | 'heard' | 'silent'>('waiting');

  useEffect(() => {
    setHearing('waiting');
    const meter = createLevelMeter(track);
    let frame = 0;
    const silent = setTimeout(
      () => setHearing((before) => (before === 'waiting' ? 'silent' : before)),
      SILENT_MS,
    );
    const draw = () => {
      const { level } = meter;
      bar.current?.style.setProperty('--level', level.toFixed(3));
      if (level > HEARD_LEVEL) setHearing('heard');
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      clearTimeout(silent);
      cancelAnimationFrame(frame);
      meter.stop();
    };
  }, [track]);

  const words = { waiting: text.saySomething, heard: text.heard, silent: text.nothingHeard }[hearing];
  return (
    <div class="microphone-meter" data-testid="microphone-meter" data-state={hearing}>
      <div class="microphone-meter-bar" ref={bar} aria-hidden="true" />
      <p class="microphone-meter-words" role="status">
        {words}
      </p>
    </div>
  );
}
