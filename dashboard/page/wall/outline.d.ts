/** Made at build time by `dashboard/page/outline.mjs`. */

/** SVG paths, in the size of the frame. */
export declare const paths: {
  readonly serbia: string;
  readonly kosovo: string;
  readonly both: string;
};

/** How a place is projected: degrees west and north of the drawing, and its size. */
export declare const frame: {
  readonly west: number;
  readonly north: number;
  /** How much narrower a degree of longitude is than one of latitude. */
  readonly narrow: number;
  /** Units of the drawing a degree of latitude. */
  readonly scale: number;
  readonly margin: number;
  readonly width: number;
  readonly height: number;
};
