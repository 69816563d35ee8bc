/** A proposal to excuse time, as GET /v1/excuses answers it. */

/** What is to be excused. Times are RFC 3339; `to` null: until it is cleared. */
export interface ExcuseAsked {
  readonly incident: string;
  readonly subject: string;
  readonly faultId: string;
  readonly on: 'element' | 'service';
  readonly operator: string;
  readonly from: string;
  readonly to: string | null;
  /** The cause that it is to have. */
  readonly responsibility: string;
  readonly reason: string;
}

/** A proposal as people see it. */
export interface ExcuseLine extends ExcuseAsked {
  readonly id: string;
  readonly by: string;
  readonly proposedAt: string;
  readonly expiresAt: string;
  readonly state: 'open' | 'confirmed' | 'sent' | 'refused' | 'rejected' | 'withdrawn' | 'expired';
  /** Who confirmed or rejected it, and when. */
  readonly decidedBy?: string;
  readonly decidedAt?: string;
  /** What that person said, or why the door refused it. */
  readonly why?: string;
}
