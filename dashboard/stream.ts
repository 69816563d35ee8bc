/**
 * The pages that watch, and what each is owed. A page has one stream, and over it the topics that it asked for. It is told at most
 * four times a second, always of the newest state: what changed meanwhile comes in one. Nothing is queued for it: an update is made
 * when its connection asks for the next one, and a page whose connection does not ask in time is cut off. So a page that sleeps
 * costs nothing but its socket's buffers. A page that comes back with the id of the last event it had goes on from there.
 */
import { randomBytes } from 'node:crypto';
import type { Bindings } from '../pipelines/http/ports.js';
import { positionOf, seenIn } from './position.js';
import type { Topic } from './topics/topic.js';

export interface StreamSettings {
  /** How many pages may watch at once. */
  readonly clientsMax: number;
  /** The least time between two updates of one page. */
  readonly intervalMs: number;
  /** A page that was told nothing for so long is told that nothing changed. */
  readonly heartbeatMs: number;
  /** How long a page may leave an update unread. */
  readonly unreadMs: number;
  /** How soon a page that lost its stream should come back; a quarter more or less, so that not all come at once. */
  readonly retryMs: number;
}

/** Pages open now, and since the start those cut off and those turned away, and how often a topic was gone on with or begun. */
export interface StreamCounts {
  readonly open: number;
  readonly evicted: number;
  readonly refused: number;
  /** Topics that a page that came back went on with from where it was. */
  readonly resumed: number;
  /** Topics that were sent whole. */
  readonly snapshots: number;
}

/** What a page asks for. */
export interface Asked {
  readonly topics: readonly Topic[];
  /** The id of the last event that it had; undefined: it has none. */
  readonly after?: string | undefined;
}

interface Viewer {
  readonly topics: readonly Topic[];
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly outgoing: Bindings['outgoing'];
  /** The version of each topic that it has seen; a topic that is not in it is sent whole. */
  readonly seen: Map<string, number>;
  /** Whether it was told anything on this connection. */
  isGreeted: boolean;
  /** Its connection has taken everything and asks for more. */
  asks: boolean;
  /** Since when something waits for it to ask. */
  owedSince: number | undefined;
  toldAt: number;
}

/** Events as bytes, and how many of them have all of a topic. */
interface Made {
  readonly bytes: Uint8Array;
  readonly snapshots: number;
}

const SWEEP_MS = 1_000;
const encoder = new TextEncoder();

export class Streams {
  /** What the first event of each stream says. */
  readonly #hello: Readonly<Record<string, unknown>>;
  readonly #settings: StreamSettings;
  readonly #counted: (counts: StreamCounts) => void;
  readonly #viewers = new Set<Viewer>();
  /** How many watch a topic, and how to stop hearing of it. */
  readonly #watched = new Map<Topic, { viewers: number; readonly stop: () => void }>();
  /** Positions of another process are none. */
  readonly #epoch = randomBytes(4).toString('hex');
  /** Pages that have seen the same are told the same bytes. */
  readonly #made = new Map<string, Made>();
  #evicted = 0;
  #refused = 0;
  #resumed = 0;
  #snapshots = 0;
  #sweep: NodeJS.Timeout | undefined;
  #next: NodeJS.Timeout | undefined;
  #flushedAt = 0;

  constructor(
    hello: Readonly<Record<string, unknown>>,
    settings: StreamSettings,
    counted: (counts: StreamCounts) => void,
  ) {
    this.#hello = hello;
    this.#settings = settings;
    this.#counted = counted;
  }

  /** A stream for one more page; undefined where too many watch already. */
  open({ topics, after }: Asked, { closing, outgoing }: Bindings): ReadableStream<Uint8Array> | undefined {
    if (this.#viewers.size >= this.#settings.clientsMax || closing?.aborted) {
      this.#refused += 1;
      this.#count();
      return undefined;
    }
    const seen = new Map(seenIn(after, this.#epoch));
    for (const name of [...seen.keys()]) if (!topics.some((topic) => topic.name === name)) seen.delete(name);
    let viewer: Viewer;
    const end = () => this.#end(viewer);
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          viewer = {
            topics,
            controller,
            outgoing,
            seen,
            isGreeted: false,
            asks: false,
            owedSince: undefined,
            toldAt: 0,
          };
          this.#add(viewer);
          closing?.addEventListener('abort', end, { once: true });
        },
        pull: () => {
          viewer.asks = true;
          if (!viewer.isGreeted) this.#greet(viewer);
          else if (viewer.owedSince !== undefined) this.#soon();
        },
        cancel: () => {
          closing?.removeEventListener('abort', end);
          this.#remove(viewer);
        },
      },
      // Asked for means: the connection has room. Nothing is made before.
      new CountQueuingStrategy({ highWaterMark: 0 }),
    );
  }

  #add(viewer: Viewer): void {
    for (const topic of viewer.topics) {
      const watched = this.#watched.get(topic);
      if (watched) {
        watched.viewers += 1;
        continue;
      }
      topic.refresh();
      this.#watched.set(topic, { viewers: 1, stop: topic.watch?.(() => this.#soon()) ?? (() => {}) });
    }
    viewer.owedSince = performance.now();
    this.#viewers.add(viewer);
    // The clock moves without anybody calling for that.
    if (this.#viewers.size === 1) this.#sweep = setInterval(() => this.#flush(), SWEEP_MS);
    this.#count();
  }

  #remove(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    for (const topic of viewer.topics) {
      const watched = this.#watched.get(topic)!;
      watched.viewers -= 1;
      if (watched.viewers > 0) continue;
      watched.stop();
      this.#watched.delete(topic);
    }
    if (this.#viewers.size === 0) {
      clearInterval(this.#sweep);
      clearTimeout(this.#next);
      this.#next = undefined;
      this.#made.clear();
    }
    this.#count();
  }

  #count(): void {
    this.#counted({
      open: this.#viewers.size,
      evicted: this.#evicted,
      refused: this.#refused,
      resumed: this.#resumed,
      snapshots: this.#snapshots,
    });
  }

  /** Tells everyone when the interval since the last time is over. */
  #soon(): void {
    if (this.#next !== undefined || this.#viewers.size === 0) return;
    const wait = Math.max(0, this.#flushedAt + this.#settings.intervalMs - performance.now());
    this.#next = setTimeout(() => {
      this.#next = undefined;
      this.#flush();
    }, wait);
  }

  #flush(): void {
    const now = performance.now();
    if (now - this.#flushedAt < this.#settings.intervalMs) {
      this.#soon();
      return;
    }
    this.#flushedAt = now;
    this.#made.clear();
    try {
      for (const topic of this.#watched.keys()) topic.refresh();
    } catch {
      // There is nothing to look at any more, as when the installation stops: the pages turn grey and come back.
      for (const viewer of this.#viewers) this.#end(viewer);
      return;
    }
    for (const viewer of this.#viewers) {
      const isBehind = viewer.topics.some((topic) => viewer.seen.get(topic.name) !== topic.version);
      if (!isBehind && now - viewer.toldAt < this.#settings.heartbeatMs) continue;
      viewer.owedSince ??= now;
      if (viewer.asks) this.#tell(viewer, now);
      else if (now - viewer.owedSince >= this.#settings.unreadMs) this.#evict(viewer);
    }
  }

  /** The first of a stream: how soon to come back, what the server is, and where each topic stands. */
  #greet(viewer: Viewer): void {
    viewer.isGreeted = true;
    const retryMs = Math.round(this.#settings.retryMs * (0.75 + Math.random() / 2));
    const data = JSON.stringify({ ...this.#hello, at: Date.now() });
    viewer.controller.enqueue(encoder.encode(`retry: ${retryMs}\nevent: hello\ndata: ${data}\n\n`));
    this.#tell(viewer, performance.now(), true);
  }

  /** Tells what changed; where nothing did, or to begin with, where every topic stands. */
  #tell(viewer: Viewer, now: number, isFirst = false): void {
    const { topics, seen, controller } = viewer;
    const behind = topics.filter((topic) => seen.get(topic.name) !== topic.version);
    const told = isFirst || behind.length === 0 ? topics : behind;
    const key = [isFirst, ...topics.map(({ name, version }) => `${name} ${seen.get(name)} ${version}`)].join();
    const made = this.#made.get(key) ?? this.#make(told, seen);
    this.#made.set(key, made);
    for (const { name, version } of told) seen.set(name, version);
    this.#snapshots += made.snapshots;
    if (isFirst) this.#resumed += told.length - made.snapshots;
    viewer.asks = false;
    viewer.owedSince = undefined;
    viewer.toldAt = now;
    controller.enqueue(made.bytes);
    if (isFirst || made.snapshots > 0) this.#count();
  }

  /** The events for one who has seen this. */
  #make(told: readonly Topic[], seen: ReadonlyMap<string, number>): Made {
    const now = Date.now();
    const after = new Map(seen);
    let snapshots = 0;
    let text = '';
    for (const topic of told) {
      const from = seen.get(topic.name);
      // A version that the topic has not reached was made up.
      const change = from === undefined || from > topic.version ? undefined : topic.since(from, now);
      if (change === undefined) snapshots += 1;
      const is = change === undefined ? 'snapshot' : from === topic.version ? 'same' : 'change';
      const said = change ?? topic.snapshot(now);
      after.set(topic.name, topic.version);
      // Each has the place after it: who is cut off between two events goes on with the second.
      const id = positionOf(this.#epoch, after);
      // JSON has no line break in it.
      text += `event: ${topic.name}\nid: ${id}\ndata: {"is":"${is}","at":${now}${said && `,${said}`}}\n\n`;
    }
    return { bytes: encoder.encode(text), snapshots };
  }

  #evict(viewer: Viewer): void {
    this.#evicted += 1;
    this.#remove(viewer);
    // Only cutting the connection frees what the socket holds; the page comes back by itself if it lives.
    if (viewer.outgoing) viewer.outgoing.destroy();
    else viewer.controller.error(new Error('the page did not read'));
  }

  #end(viewer: Viewer): void {
    if (!this.#viewers.has(viewer)) return;
    this.#remove(viewer);
    viewer.controller.close();
  }
}
