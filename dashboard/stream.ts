/**
 * The pages that watch, and what each is owed. A page is told at most four times a second, always of the newest state: what
 * changed meanwhile comes in one. Nothing is queued for it: an update is made when its connection asks for the next one, and a
 * page whose connection does not ask in time is cut off. So a page that sleeps costs nothing but its socket's buffers.
 */
import type { Bindings, Views } from '../pipelines/http/ports.js';
import type { Message, Picture, Seen } from './picture.js';

export interface StreamSettings {
  /** How many pages may watch at once. */
  readonly clientsMax: number;
  /** The least time between two updates of one page. */
  readonly intervalMs: number;
  /** A page that was told nothing for so long is told that nothing changed. */
  readonly heartbeatMs: number;
  /** How long a page may leave an update unread. */
  readonly unreadMs: number;
  /** How soon a page that lost its stream should come back. */
  readonly retryMs: number;
}

/** Pages open now, and since the start those cut off and those turned away. */
export interface StreamCounts {
  readonly open: number;
  readonly evicted: number;
  readonly refused: number;
}

interface Viewer {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly outgoing: Bindings['outgoing'];
  /** undefined: it has not seen anything yet. */
  seen: Seen | undefined;
  /** Its connection has taken everything and asks for more. */
  asks: boolean;
  /** Since when something waits for it to ask. */
  owedSince: number | undefined;
  toldAt: number;
}

const SWEEP_MS = 1_000;
const encoder = new TextEncoder();

export class Streams {
  readonly #views: Views;
  readonly #picture: Picture;
  readonly #settings: StreamSettings;
  readonly #counted: (counts: StreamCounts) => void;
  readonly #viewers = new Set<Viewer>();
  #evicted = 0;
  #refused = 0;
  #unsubscribe: (() => void) | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #next: NodeJS.Timeout | undefined;
  #flushedAt = 0;

  constructor(views: Views, picture: Picture, settings: StreamSettings, counted: (counts: StreamCounts) => void) {
    this.#views = views;
    this.#picture = picture;
    this.#settings = settings;
    this.#counted = counted;
  }

  /** A stream for one more page; undefined where too many watch already. */
  open({ closing, outgoing }: Bindings): ReadableStream<Uint8Array> | undefined {
    if (this.#viewers.size >= this.#settings.clientsMax || closing?.aborted) {
      this.#refused += 1;
      this.#count();
      return undefined;
    }
    let viewer: Viewer;
    const end = () => this.#end(viewer);
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          viewer = { controller, outgoing, seen: undefined, asks: false, owedSince: undefined, toldAt: 0 };
          this.#add(viewer);
          closing?.addEventListener('abort', end, { once: true });
        },
        pull: () => {
          viewer.asks = true;
          if (!viewer.seen) this.#tell(viewer, performance.now());
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
    viewer.owedSince = performance.now();
    this.#viewers.add(viewer);
    if (this.#viewers.size === 1) {
      this.#picture.refresh();
      this.#unsubscribe = this.#views.subscribe(() => this.#soon());
      // The clock moves without a decision being taken: nobody calls for that.
      this.#sweep = setInterval(() => this.#flush(), SWEEP_MS);
    }
    this.#count();
  }

  #remove(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    if (this.#viewers.size === 0) {
      this.#unsubscribe?.();
      clearInterval(this.#sweep);
      clearTimeout(this.#next);
      this.#next = undefined;
    }
    this.#count();
  }

  #count(): void {
    this.#counted({ open: this.#viewers.size, evicted: this.#evicted, refused: this.#refused });
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
    try {
      this.#picture.refresh();
    } catch {
      // There is nothing to look at any more, as when the installation stops: the pages turn grey and come back.
      for (const viewer of this.#viewers) this.#end(viewer);
      return;
    }
    for (const viewer of this.#viewers) {
      const isBehind = viewer.seen?.version !== this.#picture.version;
      if (!isBehind && now - viewer.toldAt < this.#settings.heartbeatMs) continue;
      viewer.owedSince ??= now;
      if (viewer.asks) this.#tell(viewer, now);
      else if (now - viewer.owedSince >= this.#settings.unreadMs) this.#evict(viewer);
    }
  }

  #tell(viewer: Viewer, now: number): void {
    const { seen, controller } = viewer;
    const message = seen ? this.#picture.since(seen, Date.now()) : this.#picture.snapshot(Date.now());
    viewer.asks = false;
    viewer.owedSince = undefined;
    viewer.seen = message.seen;
    viewer.toldAt = now;
    const retry = seen ? '' : `retry: ${this.#settings.retryMs}\n`;
    controller.enqueue(encoder.encode(retry + lines(message)));
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

/** One server-sent event. JSON has no line break in it. */
function lines({ event, id, data }: Message): string {
  return `event: ${event}\nid: ${id}\ndata: ${data}\n\n`;
}
