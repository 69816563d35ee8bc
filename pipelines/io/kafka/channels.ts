/**
 * The channels of one log: of each partition one for every consumer that holds it, so that several readers that each read on
 * (a task, and a page that shows the same topic) do not pull one channel to and fro. A read goes to the channel that stands
 * nearest before its offset; only where none does, one jumps.
 */
import type { LogRecord, TopicPartition } from '../log.js';
import type { Bounds } from './admin.js';
import { Channel, type ChannelGiven, type Delivery, type Feed } from './channel.js';

export interface ChannelsGiven {
  readonly bounds: (of: TopicPartition) => Promise<Bounds>;
  readonly unfed: (of: TopicPartition) => 'soon' | 'lost';
}

/** The channels of one partition. */
export class PartitionChannels {
  readonly #given: ChannelGiven;
  /** At least one. */
  readonly #channels: Channel[];
  readonly #usedAt = new Map<Channel, number>();
  #uses = 0;

  constructor(given: ChannelGiven) {
    this.#given = given;
    this.#channels = [new Channel(given)];
  }

  /** Whether a consumer holds the partition. */
  get isFed(): boolean {
    return this.#channels.some(({ feed }) => feed !== undefined);
  }

  read(from: number, max: number): Promise<readonly LogRecord[]> {
    return this.#for(from).read(from, max);
  }

  wait(from: number, timeoutMs: number): Promise<void> {
    return this.#for(from).wait(from, timeoutMs);
  }

  /** The partition is known to reach to this offset. */
  reaches(end: number): void {
    for (const channel of this.#channels) channel.reaches(end);
  }

  /** A consumer holds the partition now, or again. */
  attach(feed: Feed): void {
    const channel =
      this.#channels.find((one) => one.feed === feed) ??
      this.#channels.find((one) => one.feed === undefined) ??
      this.#channels.find((one) => one.feed!.rank === feed.rank);
    (channel ?? this.#add()).attach(feed);
  }

  detach(feed: Feed): void {
    const channel = this.#channels.find((one) => one.feed === feed);
    if (!channel) return;
    channel.detach();
    if (this.isFed) channel.release();
  }

  /** Takes what a consumer fetched; see `Channel.deliver`. */
  async deliver(feed: Feed, delivery: Delivery, taken: () => void): Promise<void> {
    const channel = this.#channels.find((one) => one.feed === feed);
    if (channel) await channel.deliver(feed, delivery, taken);
    else feed.pause(this.#given.of);
  }

  /** Nobody holds it here any more: what was delivered is let go. */
  release(): void {
    for (const channel of this.#channels) if (!channel.feed) channel.release();
  }

  close(): void {
    for (const channel of this.#channels) channel.close();
  }

  #add(): Channel {
    const channel = new Channel(this.#given);
    channel.reaches(Math.max(...this.#channels.map(({ end }) => end)));
    this.#channels.push(channel);
    return channel;
  }

  #for(from: number): Channel {
    const [only] = this.#channels;
    if (this.#channels.length === 1) return only!;
    const channel = this.#best((one) => one.nextFor(from) ?? -1) ?? this.#best((one) => this.#room(one)) ?? only!;
    this.#usedAt.set(channel, ++this.#uses);
    return channel;
  }

  /** How well a channel may jump: best one that is fed and stands idle, then the one that was used longest ago. */
  #room(channel: Channel): number {
    if (!channel.feed) return -1;
    if (!channel.isWanted) return Number.MAX_SAFE_INTEGER - 1 + channel.feed.rank;
    return this.#uses - (this.#usedAt.get(channel) ?? 0);
  }

  /** The channel with the greatest value, none where all are negative. */
  #best(value: (channel: Channel) => number): Channel | undefined {
    let best: Channel | undefined;
    let most = -1;
    for (const channel of this.#channels) {
      const found = value(channel);
      if (found <= most) continue;
      best = channel;
      most = found;
    }
    return best;
  }
}

export class Channels {
  readonly #given: ChannelsGiven;
  readonly #byTopic = new Map<string, Map<number, PartitionChannels>>();

  constructor(given: ChannelsGiven) {
    this.#given = given;
  }

  of({ topic, partition }: TopicPartition): PartitionChannels {
    let channels = this.#byTopic.get(topic);
    if (!channels) this.#byTopic.set(topic, (channels = new Map()));
    let found = channels.get(partition);
    if (!found) {
      const of = { topic, partition };
      const { bounds, unfed } = this.#given;
      found = new PartitionChannels({ of, bounds: () => bounds(of), unfed: () => unfed(of) });
      channels.set(partition, found);
    }
    return found;
  }

  close(): void {
    for (const channels of this.#byTopic.values()) for (const one of channels.values()) one.close();
  }
}
