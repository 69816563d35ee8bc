/** A tone for what nobody has taken: one for each severity, again and again until somebody does. Off until a person turns it on. */
import type { Severity } from '../../../pipelines/domain/event.js';

const KEY = 'dozor-wall-sound';
const AGAIN_MS = 8_000;
const LOUD = 0.25;
const FADE_S = 0.02;

/** Two or three short notes, in hertz; what has none is silent. */
const TONES: Readonly<Partial<Record<Severity, readonly number[]>>> = {
  critical: [880, 660, 880],
  major: [660, 550],
};
const NOTE_S = 0.22;

export type SoundState = 'off' | 'on' | 'blocked';

export class Sound {
  readonly #changed: (state: SoundState) => void;
  #context: AudioContext | undefined;
  #on = read() === 'on';
  #severity: Severity | undefined;
  #last = 0;

  constructor(changed: (state: SoundState) => void) {
    this.#changed = changed;
    setInterval(() => this.#tick(), 500);
    // A browser lets a page sound only after somebody has touched it.
    for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, () => this.#wake());
    if (this.#on) this.#wake();
    this.#tell();
  }

  get state(): SoundState {
    if (!this.#on) return 'off';
    return this.#context?.state === 'running' ? 'on' : 'blocked';
  }

  /** The worst that nobody has taken; undefined: nothing. */
  call(severity: Severity | undefined): void {
    if (severity !== this.#severity) this.#last = 0;
    this.#severity = severity;
  }

  /** Turns it on or off; a press while the browser blocks it wakes it. */
  toggle(): void {
    if (this.state !== 'blocked') this.#on = !this.#on;
    try {
      localStorage.setItem(KEY, this.#on ? 'on' : 'off');
    } catch {
      // A browser that keeps nothing asks again after the next load.
    }
    if (this.#on) this.#wake();
    this.#tell();
  }

  /** Sounds the worst tone once. */
  async test(): Promise<void> {
    await this.#wake();
    this.#play('critical');
  }

  async #wake(): Promise<void> {
    this.#context ??= new AudioContext();
    if (this.#context.state !== 'running') await this.#context.resume().catch(() => {});
    this.#tell();
  }

  #tick(): void {
    if (!this.#on || this.#severity === undefined || performance.now() - this.#last < AGAIN_MS) return;
    this.#last = performance.now();
    this.#play(this.#severity);
  }

  #play(severity: Severity): void {
    const context = this.#context;
    if (context?.state !== 'running') return;
    (TONES[severity] ?? []).forEach((hertz, i) => {
      const begin = context.currentTime + i * NOTE_S;
      const note = context.createOscillator();
      const volume = context.createGain();
      note.frequency.value = hertz;
      volume.gain.setValueAtTime(0, begin);
      volume.gain.linearRampToValueAtTime(LOUD, begin + FADE_S);
      volume.gain.setValueAtTime(LOUD, begin + NOTE_S - 2 * FADE_S);
      volume.gain.linearRampToValueAtTime(0, begin + NOTE_S - FADE_S);
      note.connect(volume).connect(context.destination);
      note.start(begin);
      note.stop(begin + NOTE_S);
    });
    // For who looks after the wall, and for tests: how often it sounded.
    document.documentElement.dataset['sounded'] = String(Number(document.documentElement.dataset['sounded'] ?? 0) + 1);
  }

  #tell(): void {
    this.#changed(this.state);
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
