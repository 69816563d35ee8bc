/** What is known of one element of the network, as `GET /v1/elements/ID` shows it: version 1 of a read model that only ever gains fields. */
import type { ViewFault } from './service-view.js';

export interface ElementView {
  readonly version: 1;
  readonly id: string;
  /** The clock of the task at the commit that this is of. */
  readonly clock: string;
  readonly zone: string;
  readonly operator: { readonly id: string; readonly name: string };
  readonly kind: string;
  readonly technology: string | null;
  readonly parent: string | null;
  readonly links: readonly string[];
  readonly district: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly populationCovered: number | null;
  /** When the record changed, the first one included. */
  readonly versions: readonly { readonly at: string; readonly known: string }[];
  /** Faults on this element, the newest first; at most `FAULTS_SHOWN_MAX`. */
  readonly faults: readonly (ViewFault & { readonly incident: string; readonly accessBarred: boolean })[];
  readonly works: readonly {
    readonly worksId: string;
    readonly from: string;
    readonly to: string;
    readonly announcedAt: string;
    readonly channel: string;
  }[];
}

/** How many faults and works an answer has at most: the newest. */
export const FAULTS_SHOWN_MAX = 200;
