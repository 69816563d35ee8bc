/**
 * The one stream of this page, and its watchdog. Views hear topics; a topic that is new to the stream is asked for by opening it
 * again, from where it was. A page that hears nothing must not look as if nothing happened: when the stream is lost, or silent for
 * 15 s, it is stale at once, and stays so until every topic has said where it stands.
 */
import type { Hello, Said } from '../../wire.js';

/** The server says something every 10 s at the latest. */
const SILENT_MAX_MS = 15_000;
/** A connection that is silent for so long is dead, whatever the browser believes. */
const DEAD_MS = 30_000;
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 15_000;
/** A topic that nobody hears any more is kept for so long: who goes back to a view finds it there. */
const KEPT_MS = 5_000;

export type State =
  /** Nothing was shown yet. `failing`: it was tried, and the server does not give us the stream. */
  | { readonly is: 'connecting'; readonly failing: boolean }
  | { readonly is: 'live' }
  /** `since` is when the last word came, by this machine's clock. */
  | { readonly is: 'stale'; readonly since: number; readonly why: 'lost' | 'silent' };

/** Hears a topic: first all of it, then what changed; all of it again whenever the server cannot go on from where we were. */
export type Handler<T extends Said = Said> = (message: T, isSnapshot: boolean) => void;

interface Hearing {
  readonly handler: Handler;
  /** A change is only for who has had all of it. */
  hasAll: boolean;
}

export class Live {
  readonly #url: string;
  readonly #hearings = new Map<string, Set<Hearing>>();
  readonly #states = new Set<(state: State) => void>();
  readonly #hellos = new Set<(hello: Hello) => void>();
  readonly #refusals = new Set<() => void>();
  #hello: Hello | undefined;
  #source: EventSource | undefined;
  /** The topics of the stream that is open. */
  #asked = '';
  /** Those of them that have said nothing since it was opened. */
  #awaited = new Set<string>();
  /** Where we are: the id of the last event, and the topics that it has a place in. */
  #lastId = '';
  readonly #placed = new Set<string>();
  #state: State = { is: 'connecting', failing: false };
  /** By both clocks: one stands still while the machine sleeps, the other may be set back. */
  #heard = { wall: 0, steady: 0 };
  #openedAt = 0;
  #retry: number | undefined;
  #join: number | undefined;
  #leave: number | undefined;
  #failures = 0;
  /** How often the stream was opened again after it was lost, and how often a topic could not go on from where it was. */
  readonly counts = { reopened: 0, anew: 0 };

  constructor(url = '/v1/stream') {
    this.#url = url;
    setInterval(() => this.#watch(), 1_000);
  }

  get state(): State {
    return this.#state;
  }

  /** How long ago the server said something, in ms; undefined before its first word. */
  get ageMs(): number | undefined {
    return this.#heard.wall === 0 ? undefined : Math.max(0, Date.now() - this.#heard.wall);
  }

  /** Hears a topic until the returned function is called. The first message is a snapshot. */
  hear<T extends Said>(topic: string, handler: Handler<T>): () => void {
    const one: Hearing = { handler: handler as Handler, hasAll: false };
    const hearings = this.#hearings.get(topic) ?? new Set<Hearing>();
    this.#hearings.set(topic, hearings);
    hearings.add(one);
    // Those that come together are asked for in one.
    this.#join ??= window.setTimeout(() => this.#open(), 0);
    return () => {
      hearings.delete(one);
      if (hearings.size > 0 || this.#hearings.get(topic) !== hearings) return;
      this.#hearings.delete(topic);
      clearTimeout(this.#leave);
      this.#leave = window.setTimeout(() => {
        if (this.#topics().join() !== this.#asked) this.#open();
      }, KEPT_MS);
    };
  }

  /** Calls back with the state now, and whenever it is another; returns how to stop. */
  watch(listener: (state: State) => void): () => void {
    this.#states.add(listener);
    listener(this.#state);
    return () => this.#states.delete(listener);
  }

  /** Calls back with what the server says of itself at the beginning of each stream; returns how to stop. */
  greet(listener: (hello: Hello) => void): () => void {
    this.#hellos.add(listener);
    if (this.#hello) listener(this.#hello);
    return () => this.#hellos.delete(listener);
  }

  /** Calls back each time the server does not give us the stream; returns how to stop. */
  refused(listener: () => void): () => void {
    this.#refusals.add(listener);
    return () => this.#refusals.delete(listener);
  }

  #topics(): readonly string[] {
    return [...this.#hearings.keys()].sort();
  }

  /** Opens the stream with the topics that are heard now. */
  #open(): void {
    this.#source?.close();
    clearTimeout(this.#retry);
    clearTimeout(this.#join);
    this.#retry = this.#join = undefined;
    const topics = this.#topics();
    this.#asked = topics.join();
    this.#awaited = new Set(topics);
    for (const topic of this.#placed) if (!topics.includes(topic)) this.#placed.delete(topic);
    if (topics.length === 0) {
      this.#source = undefined;
      return;
    }
    this.#openedAt = performance.now();
    // Who joined a topic that is heard already has not got all of it: then everything is asked for anew.
    const isWhole = [...this.#placed].every((topic) => [...this.#hearings.get(topic)!].every(({ hasAll }) => hasAll));
    const after = this.#lastId !== '' && isWhole ? `&after=${encodeURIComponent(this.#lastId)}` : '';
    const source = new EventSource(`${this.#url}?topics=${this.#asked}${after}`);
    this.#source = source;
    source.addEventListener('hello', (event) => {
      if (this.#state.is === 'stale') this.counts.reopened += 1;
      this.#failures = 0;
      this.#awaited = new Set(topics);
      this.#hello = JSON.parse((event as MessageEvent<string>).data) as Hello;
      for (const listener of this.#hellos) listener(this.#hello);
    });
    for (const topic of topics) {
      source.addEventListener(topic, (event: MessageEvent<string>) => this.#hear(topic, event));
    }
    source.addEventListener('error', () => {
      this.#stale('lost');
      if (this.#state.is === 'connecting') this.#become({ is: 'connecting', failing: true });
      // The browser comes back by itself after a cut, but not after a refusal.
      if (source.readyState !== EventSource.CLOSED) return;
      for (const listener of this.#refusals) listener();
      this.#again();
    });
  }

  #hear(topic: string, { data, lastEventId }: MessageEvent<string>): void {
    const message = JSON.parse(data) as Said;
    const isSnapshot = message.is === 'snapshot';
    this.#heard = { wall: Date.now(), steady: performance.now() };
    if (isSnapshot && this.#placed.has(topic)) this.counts.anew += 1;
    for (const one of this.#hearings.get(topic) ?? []) {
      if (!isSnapshot && !one.hasAll) continue;
      one.hasAll = true;
      try {
        one.handler(message, isSnapshot);
      } catch (error) {
        // What one view cannot show keeps nothing from the others.
        reportError(error);
      }
    }
    this.#placed.add(topic);
    this.#lastId = lastEventId;
    this.#awaited.delete(topic);
    if (this.#awaited.size === 0 && this.#state.is !== 'live') this.#become({ is: 'live' });
  }

  #watch(): void {
    const steady = performance.now();
    const silence = Math.max(steady - this.#heard.steady, Date.now() - this.#heard.wall);
    if (this.#state.is === 'live' && silence > SILENT_MAX_MS) this.#stale('silent');
    const isOpen = this.#source !== undefined && this.#retry === undefined;
    if (this.#state.is !== 'live' && isOpen && steady - this.#openedAt > DEAD_MS) this.#again();
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
    for (const listener of this.#states) listener(state);
  }
}
