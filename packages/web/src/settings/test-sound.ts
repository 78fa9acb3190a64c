/** Two soft notes, as a bell would play them: frequency in Hz, start in seconds. */
const NOTES = [
  { frequency: 523.25, at: 0 },
  { frequency: 783.99, at: 0.22 },
] as const;
const NOTE_SECONDS = 0.9;
const LOUDNESS = 0.25;

/** Plays a short sound through a speaker, or the usual one; resolves when it is over. */
export async function playTestSound(speakerId: string | undefined): Promise<void> {
  const context = new AudioContext();
  const player = new Audio();
  try {
    // A stream in an audio element can go to any speaker, also where AudioContext itself cannot.
    const out = context.createMediaStreamDestination();
    const ends = NOTES.map((note) => playNote(context, out, note));
    player.srcObject = out.stream;
    if (speakerId !== undefined && 'setSinkId' in player) await player.setSinkId(speakerId);
    await context.resume();
    await player.play();
    await Promise.all(ends);
  } finally {
    player.srcObject = null;
    await context.close();
  }
}

function playNote(
  context: AudioContext,
  out: AudioNode,
  { frequency, at }: { readonly frequency: number; readonly at: number },
): Promise<void> {
  const begin = context.currentTime + 0.05 + at;
  const oscillator = new OscillatorNode(context, { frequency });
  const loudness = new GainNode(context, { gain: 0 });
  loudness.gain.setValueAtTime(0, begin);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, begin + 0.015);
  loudness.gain.exponentialRampToValueAtTime(0.0005, begin + NOTE_SECONDS);
  oscillator.connect(loudness).connect(out);
  oscillator.start(begin);
  oscillator.stop(begin + NOTE_SECONDS);
  return new Promise((resolve) => {
    oscillator.addEventListener('ended', () => resolve(), { once: true });
  });
}
