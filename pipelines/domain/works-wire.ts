/** Planned works as they go out over HTTP. Times are RFC 3339 in the operator's zone. */
export interface WorksLine {
  readonly element: string;
  readonly operator: string;
  readonly zone: string;
  readonly worksId: string;
  readonly from: string;
  readonly to: string;
  readonly announcedAt: string;
  readonly channel: string;
  readonly state: 'ahead' | 'now' | 'over' | 'cancelled';
  readonly cancelledAt: string | null;
  /** Whether the operator's terms excuse time by it: announced by their channel, and early enough; null: they know no works. */
  readonly excuses: boolean | null;
  /** How long before its beginning it must be announced (ISO 8601), and by which channel; null: the terms know no works. */
  readonly rule: { readonly notice: string; readonly channel: string; readonly clause: string } | null;
}

export interface WorksViews {
  /** All that is known, what begins last first; at most `limit`. */
  works(limit: number): Promise<{ readonly clock: string | null; readonly works: readonly WorksLine[] }>;
}
