/** A proposal to excuse time, as GET /v1/excuses answers it. */
export interface Excuse {
  readonly id: string;
  readonly incident: string;
  readonly operator: string;
  readonly from: string;
  readonly to: string | null;
  readonly responsibility: string;
  readonly reason: string;
  readonly by: string;
  readonly proposedAt: string;
  readonly expiresAt: string;
  readonly state: 'open' | 'confirmed' | 'sent' | 'refused' | 'rejected' | 'withdrawn' | 'expired';
  readonly decidedBy?: string;
  readonly decidedAt?: string;
  readonly why?: string;
}
