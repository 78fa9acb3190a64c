import { useState } from 'preact/hooks';
import { Button } from '../ui/button.js';
import { preferences } from './preferences.js';
import { playTestSound } from './test-sound.js';
import { testSoundTexts } from './test-sound-texts.js';
import './test-sound-button.css';

/** Plays a sound through the chosen speaker, and says what to do when nothing is heard. */
export function TestSoundButton() {
  const text = testSoundTexts();
  const [state, setState] = useState<'idle' | 'playing' | 'played' | 'failed'>('idle');
  const play = async () => {
    setState('playing');
    try {
      await playTestSound(preferences.value.speakerId);
      setState('played');
    } catch {
      setState('failed');
    }
  };
  const notes = { idle: '', playing: text.playing, played: text.played, failed: text.failed };
  return (
    <div class="test-sound">
      <Button
        kind="quiet"
        icon="volume"
        disabled={state === 'playing'}
        data-testid="test-sound"
        onClick={() => void play()}
      >
        {text.play}
      </Button>
      <span class="test-sound-note" role="status">
        {notes[state]}
      </span>
    </div>
  );
}
