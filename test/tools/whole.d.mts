import type { ChildProcess } from 'node:child_process';
import type { Browser } from 'playwright-core';

/** An installation that runs. */
export interface Whole {
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  readonly child: ChildProcess;
  output(): string;
  stop(): Promise<void>;
}
export const CHROMIUM: string;
export function build(): void;
export function startWhole(env?: Readonly<Record<string, string>>): Promise<Whole>;
export function tell(whole: Pick<Whole, 'url' | 'token'>, events: readonly object[]): Promise<void>;
export function someStory(options: {
  readonly services: number;
  readonly days: number;
  readonly from?: string;
  readonly seed?: number;
}): Promise<readonly object[]>;
export function openBrowser(...args: string[]): Promise<Browser>;
export function until<T>(
  look: () => Promise<T>,
  options?: { readonly maxMs?: number; readonly everyMs?: number; readonly what?: string },
): Promise<NonNullable<T>>;
