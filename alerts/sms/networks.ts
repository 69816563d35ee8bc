/**
 * The table of ported numbers: which network a number belongs to now, as a central database tells it. It is personal data and stays
 * here; what goes on is the network alone, with the prefix as the default where the table says nothing.
 */
import type { SmsRules } from '../../pipelines/domain/pack.js';
import { type NumberFacts, prefixOf } from '../../pipelines/domain/sms.js';
import { digitsOf } from './submission.js';

/** Networks (MCC and MNC) by number, digits with the country's code. */
export class PortedNumbers {
  readonly #networks: ReadonlyMap<string, string>;

  constructor(networks: ReadonlyMap<string, string> = new Map()) {
    this.#networks = networks;
  }

  /**
   * Reads lines of `number,network`, such as `+381641234567,22005`. Lines that are empty or begin with # are passed over. Throws with
   * the number of the line, and never with what it says, where one is neither.
   */
  static read(lines: Iterable<string>): PortedNumbers {
    const networks = new Map<string, string>();
    let count = 0;
    for (const line of lines) {
      count += 1;
      const text = line.trim();
      if (text === '' || text.startsWith('#')) continue;
      const [number = '', network = '', ...rest] = text.split(',').map((cell) => cell.trim());
      if (!/^(\+|00)?\d{6,15}$/.test(number) || !/^\d{5,6}$/.test(network) || rest.length > 0) {
        throw new Error(`line ${count} of the ported numbers is no "number,network"`);
      }
      networks.set(digitsOf(number), network);
    }
    return new PortedNumbers(networks);
  }

  get size(): number {
    return this.#networks.size;
  }

  /** What `sms.received` may say of a number: its network where it was ported, its prefix; never the number. */
  factsOf(number: string, rules: SmsRules): NumberFacts {
    const network = this.#networks.get(digitsOf(number));
    const prefix = prefixOf(rules, number);
    return { ...(network === undefined ? {} : { network }), ...(prefix === undefined ? {} : { prefix }) };
  }
}
