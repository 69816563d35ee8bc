/** What was used on each local day: the sums of which every window is made, for days, weeks and billing cycles begin at midnight. */
import type { Packer, Unpacker } from './packed.js';
import type { Fine, UsageRecord } from './record.js';

/** The sums of one local day. Volumes for limits count what goes out; those by place count both directions. */
export class DayUse {
  readonly day: number;
  charge: Fine = 0;
  voiceSeconds = 0;
  messages = 0;
  dataBytes = 0;
  /** Records and observations that show the subscriber at home. */
  homeSeen = 0;
  homeVoiceSeconds = 0;
  homeMessages = 0;
  homeDataBytes = 0;
  /** The same in the countries of roaming fair use. */
  zoneSeen = 0;
  zoneVoiceSeconds = 0;
  zoneMessages = 0;
  zoneDataBytes = 0;
  /** The same anywhere else. */
  elsewhereSeen = 0;
  elsewhereVoiceSeconds = 0;
  elsewhereMessages = 0;
  elsewhereDataBytes = 0;

  constructor(day: number) {
    this.day = day;
  }
}

export type SumField = Exclude<keyof DayUse, 'day'>;
const FIELDS = Object.keys(new DayUse(0)).filter((field) => field !== 'day') as readonly SumField[];

/** Adds a record to its day, or with -1 takes it out. */
export function count(
  use: DayUse,
  record: Pick<UsageRecord, 'kind' | 'incoming' | 'place' | 'amount' | 'charge'>,
  sign: 1 | -1,
): void {
  const { kind, incoming, place, charge } = record;
  const amount = sign * record.amount;
  use.charge += sign * charge;
  see(use, place, sign);
  switch (kind) {
    case 'voice':
      if (!incoming) use.voiceSeconds += amount;
      if (place === 'home') use.homeVoiceSeconds += amount;
      else if (place === 'zone') use.zoneVoiceSeconds += amount;
      else use.elsewhereVoiceSeconds += amount;
      break;
    case 'sms':
    case 'mms':
      if (!incoming) use.messages += amount;
      if (place === 'home') use.homeMessages += amount;
      else if (place === 'zone') use.zoneMessages += amount;
      else use.elsewhereMessages += amount;
      break;
    case 'data':
      if (!incoming) use.dataBytes += amount;
      if (place === 'home') use.homeDataBytes += amount;
      else if (place === 'zone') use.zoneDataBytes += amount;
      else use.elsewhereDataBytes += amount;
      break;
    case 'premium':
      // It has a charge only.
      break;
  }
}

/** Counts a sign of presence at a place. */
export function see(use: DayUse, place: UsageRecord['place'], sign: 1 | -1): void {
  if (place === 'home') use.homeSeen += sign;
  else if (place === 'zone') use.zoneSeen += sign;
  else use.elsewhereSeen += sign;
}

/** The sums of a day among all in order; mostly it is one of the last. */
export function useOn(days: readonly DayUse[], day: number): DayUse | undefined {
  for (let i = days.length - 1; i >= 0 && days[i]!.day >= day; i--) if (days[i]!.day === day) return days[i];
  return undefined;
}

/** The sums of a day in a few bytes: which of them are not 0, and those. */
export function packDay(packer: Packer, use: DayUse): void {
  let mask = 0;
  for (let i = 0; i < FIELDS.length; i++) if (use[FIELDS[i]!] !== 0) mask |= 1 << i;
  packer.count(mask);
  for (let i = 0; i < FIELDS.length; i++) if (mask & (1 << i)) packer.signed(use[FIELDS[i]!]);
}

export function unpackDay(reader: Unpacker, day: number): DayUse {
  const use = new DayUse(day);
  const mask = reader.count();
  for (let i = 0; i < FIELDS.length; i++) if (mask & (1 << i)) use[FIELDS[i]!] = reader.signed();
  return use;
}
