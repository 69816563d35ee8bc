/** The wall as a topic: parts that change each for itself, and with every message how old each is. */
import type { Found, WallPart, WallViews } from '../../pipelines/domain/wall.js';
import { members, type Topic } from './topic.js';

/** Looking takes at most this share of the time. */
const SHARE_MAX = 0.1;

interface Held {
  readonly json: string;
  readonly version: number;
}

export class WallTopic implements Topic {
  readonly name = 'wall';
  readonly #views: WallViews;
  readonly #parts = new Map<WallPart, Held>();
  #ages: readonly Found[] = [];
  #version = 0;
  #restsUntil = 0;

  constructor(views: WallViews) {
    this.#views = views;
  }

  get version(): number {
    return this.#version;
  }

  watch(changed: () => void): () => void {
    return this.#views.subscribe(changed);
  }

  refresh(): void {
    const began = performance.now();
    if (began < this.#restsUntil) return;
    this.#ages = this.#views.look();
    const version = this.#version + 1;
    for (const { part, value } of this.#ages) {
      const json = JSON.stringify(value);
      if (this.#parts.get(part)?.json === json) continue;
      this.#parts.set(part, { json, version });
      this.#version = version;
    }
    const now = performance.now();
    this.#restsUntil = now + (now - began) / SHARE_MAX;
  }

  snapshot(): string {
    return this.#said(-1);
  }

  /** The wall is bounded, so one who is far behind is told all of it at the most. */
  since(seen: number): string {
    return this.#said(seen);
  }

  #said(seen: number): string {
    const ages = Object.fromEntries(this.#ages.map(({ part, lookedAt, clock }) => [part, { lookedAt, clock }]));
    const parts = [...this.#parts].filter(([, { version }]) => version > seen);
    return `${members({ ages })},"parts":{${parts.map(([part, { json }]) => `"${part}":${json}`).join()}}`;
  }
}
