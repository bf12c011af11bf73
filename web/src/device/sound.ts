// What an answer sounds like: right rises, wrong buzzes twice and low, look again is one note. Nothing is downloaded.

export type Tone = 'right' | 'wrong' | 'look';

interface Note {
  readonly hertz: number;
  readonly at_s: number;
  readonly for_s: number;
  readonly shape: OscillatorType;
}

const TUNES: Readonly<Record<Tone, readonly Note[]>> = {
  right: [
    { hertz: 988, at_s: 0, for_s: 0.07, shape: 'sine' },
    { hertz: 1319, at_s: 0.08, for_s: 0.12, shape: 'sine' },
  ],
  wrong: [
    { hertz: 147, at_s: 0, for_s: 0.22, shape: 'sawtooth' },
    { hertz: 110, at_s: 0.3, for_s: 0.34, shape: 'sawtooth' },
  ],
  look: [{ hertz: 523, at_s: 0, for_s: 0.25, shape: 'triangle' }],
};
const LOUDNESS = 0.5;

let context: AudioContext | undefined;

/** Play it. Before the first touch or key a browser stays silent; the word and the colour are there all the same. */
export function play(tone: Tone): void {
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume();
  for (const note of TUNES[tone]) {
    const [voice, loud] = [context.createOscillator(), context.createGain()];
    const from = context.currentTime + note.at_s;
    voice.type = note.shape;
    voice.frequency.value = note.hertz;
    loud.gain.setValueAtTime(LOUDNESS, from);
    loud.gain.exponentialRampToValueAtTime(0.001, from + note.for_s);
    voice.connect(loud).connect(context.destination);
    voice.start(from);
    voice.stop(from + note.for_s);
  }
  navigator.vibrate?.(tone === 'right' ? 40 : tone === 'look' ? [60, 60] : [120, 80, 200]);
}
