/** The channels of one log, made when they are first asked for, and let go of when nobody feeds or reads them any more. */
import type { TopicPartition } from '../log.js';
import type { Bounds } from './admin.js';
import { Channel } from './channel.js';

export interface ChannelsGiven {
  readonly bounds: (of: TopicPartition) => Promise<Bounds>;
  readonly unfed: (of: TopicPartition) => 'soon' | 'lost';
}

export class Channels {
  readonly #given: ChannelsGiven;
  readonly #byTopic = new Map<string, Map<number, Channel>>();

  constructor(given: ChannelsGiven) {
    this.#given = given;
  }

  of({ topic, partition }: TopicPartition): Channel {
    let channels = this.#byTopic.get(topic);
    if (!channels) this.#byTopic.set(topic, (channels = new Map()));
    let channel = channels.get(partition);
    if (!channel) {
      const of = { topic, partition };
      const { bounds, unfed } = this.#given;
      channel = new Channel({ of, bounds: () => bounds(of), unfed: () => unfed(of) });
      channels.set(partition, channel);
    }
    return channel;
  }

  *[Symbol.iterator](): Generator<Channel> {
    for (const channels of this.#byTopic.values()) yield* channels.values();
  }

  close(): void {
    for (const channel of this) channel.close();
  }
}
