/** The columns of a chart, as the server sends them and the page draws them. Apart, for pages are given nothing else. */
/** What stands at each point, one list a figure. Times are milliseconds since 1970, values in the unit that the samples have. */
export interface KpiColumns {
  /** When the point's first window begins. */
  readonly at: readonly number[];
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  /** How many samples it stands for; 0 in a gap. */
  readonly count: readonly number[];
}
