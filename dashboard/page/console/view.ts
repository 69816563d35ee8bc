/** What a view of the console is, and what it is given. */

import type { Live } from '../shared/live.js';

/** Where the console is: the part of the address that a view understands. */
export interface Place {
  /** As in the address, without the query. */
  readonly path: string;
  /** What the pattern of the view names, decoded: of `/alarms/:id` the `id`. */
  readonly names: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** A view that stands in the page. */
export interface View {
  readonly element: HTMLElement;
  /** What the window is called while it is open. */
  readonly title: string;
  /** Another place of the same pattern; absent: the view is opened anew. */
  moved?(place: Place): void;
  /** Whether another place is still of this view; absent: every place of its pattern is. */
  holds?(place: Place): boolean;
  /** It goes: timers, subscriptions and charts end. */
  close?(): void;
}

/** What every view is given. */
export interface Given {
  /** The stream of the page. What a view hears it stops hearing when it closes. */
  readonly live: Pick<Live, 'hear' | 'watch' | 'state'>;
  /** Goes to a place of the console. `replace` leaves no step back, as for a filter that changes with each key. */
  readonly go: (address: string, how?: 'push' | 'replace') => void;
  /** Says something to who cannot see it; `urgent` interrupts. */
  readonly announce: (text: string, urgent?: boolean) => void;
}

export type Open = (place: Place, given: Given) => View | Promise<View>;

/** A view by its addresses. Its code is loaded when it is first opened. */
export interface Listed {
  /** As in `/alarms/:id`. */
  readonly pattern: string;
  /** Its name in the navigation; absent: it is reached from another view. */
  readonly name?: string;
  readonly load: () => Promise<{ readonly open: Open }>;
}
