/**
 * The stream and its watchdog. A page that hears nothing must not look as if nothing happened: when the stream is lost, or
 * silent for 15 s, it is stale at once, and stays so until a whole new picture has come.
 */
import type { Snapshot, Update } from '../../wire.js';

/** The server says something every 10 s at the latest. */
const SILENT_MAX_MS = 15_000;
/** A connection that is silent for so long is dead, whatever the browser believes. */
const DEAD_MS = 30_000;
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 15_000;

export type State =
  /** Nothing was shown yet. `failing`: it was tried, and the server does not give us the stream. */
  | { readonly is: 'connecting'; readonly failing: boolean }
  | { readonly is: 'live' }
  /** `since` is when the last word came, by this machine's clock. */
  | { readonly is: 'stale'; readonly since: number; readonly why: 'lost' | 'silent' };

export interface Hears {
  readonly snapshot: (snapshot: Snapshot) => void;
  readonly update: (update: Update) => void;
  readonly state: (state: State) => void;
}

export class Connection {
  readonly #url: string;
  readonly #hears: Hears;
  #source: EventSource | undefined;
  #state: State = { is: 'connecting', failing: false };
  /** By both clocks: one stands still while the machine sleeps, the other may be set back. */
  #heard = { wall: 0, steady: 0 };
  #openedAt = 0;
  #retry: number | undefined;
  #failures = 0;

  constructor(url: string, hears: Hears) {
    this.#url = url;
    this.#hears = hears;
    this.#open();
    setInterval(() => this.#watch(), 1_000);
  }

  #open(): void {
    this.#source?.close();
    this.#retry = undefined;
    this.#openedAt = performance.now();
    const source = new EventSource(this.#url);
    this.#source = source;
    source.addEventListener('snapshot', (event) => {
      this.#failures = 0;
      this.#hear(() => this.#hears.snapshot(JSON.parse((event as MessageEvent<string>).data) as Snapshot));
    });
    const update = (event: MessageEvent<string>) =>
      this.#hear(() => this.#hears.update(JSON.parse(event.data) as Update));
    source.addEventListener('update', update);
    source.addEventListener('heartbeat', update);
    source.addEventListener('error', () => {
      this.#stale('lost');
      if (this.#state.is === 'connecting') this.#become({ is: 'connecting', failing: true });
      // The browser comes back by itself after a cut, but not after a refusal.
      if (source.readyState === EventSource.CLOSED) this.#again();
    });
  }

  #hear(take: () => void): void {
    this.#heard = { wall: Date.now(), steady: performance.now() };
    take();
    if (this.#state.is !== 'live') this.#become({ is: 'live' });
  }

  #watch(): void {
    const steady = performance.now();
    const silence = Math.max(steady - this.#heard.steady, Date.now() - this.#heard.wall);
    if (this.#state.is === 'live' && silence > SILENT_MAX_MS) this.#stale('silent');
    if (this.#state.is !== 'live' && this.#retry === undefined && steady - this.#openedAt > DEAD_MS) this.#again();
  }

  #stale(why: 'lost' | 'silent'): void {
    if (this.#state.is === 'live') this.#become({ is: 'stale', since: this.#heard.wall, why });
  }

  #again(): void {
    this.#source?.close();
    this.#failures += 1;
    const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * this.#failures);
    // All walls lose the server at the same moment; they need not come back at the same one.
    this.#retry ??= window.setTimeout(() => this.#open(), wait * (0.75 + Math.random() / 2));
  }

  #become(state: State): void {
    this.#state = state;
    this.#hears.state(state);
  }
}
