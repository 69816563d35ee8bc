/**
 * What Redis does in one step, and the commands that are used beside it, in the types in which they are used.
 *
 * A script is not undone where it fails half-way, so each begins with the write that Redis refuses (memory full, disk full, a
 * replica): the answer to that does not change while it runs.
 */

// Lua puts at most 8,000 values on its stack.
const CHUNK = 4_000;

/** Takes the task: KEYS[1] is its owner's hash, ARGV[1] the owner. */
const ACQUIRE = `
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
redis.call('HSETNX', KEYS[1], 'sequence', 0)
return { epoch, redis.call('HGET', KEYS[1], 'sequence') }`;

/**
 * Changes the task, if owner, epoch and sequence stand (ARGV[1] to [3]; [4] is the next sequence); else returns those that do.
 * Then for each further key: the name of its segment, how many values are to set (field, value, ...), how many fields to remove,
 * and these.
 */
const COMMIT = `
local stands = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'sequence')
if stands[1] ~= ARGV[1] or stands[2] ~= ARGV[2] or stands[3] ~= ARGV[3] then return stands end
redis.call('HSET', KEYS[1], 'sequence', ARGV[4])
local function each(command, key, from, count)
  for at = from, from + count - 1, ${CHUNK} do
    redis.call(command, key, unpack(ARGV, at, math.min(at + ${CHUNK}, from + count) - 1))
  end
end
local at = 5
for key = 2, #KEYS do
  local sets, removes = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  redis.call('HSET', KEYS[1], 'k:' .. ARGV[at], '')
  each('HSET', KEYS[key], at + 3, sets)
  each('HDEL', KEYS[key], at + 3 + sets, removes)
  at = at + 3 + sets + removes
end
return 1`;

/** Several hashes whole, as of one moment. */
const READ = `
local read = {}
for at, key in ipairs(KEYS) do read[at] = redis.call('HGETALL', key) end
return read`;

export const SCRIPTS = {
  acquireTask: { lua: ACQUIRE, numberOfKeys: 1 },
  commitTask: { lua: COMMIT },
  readTask: { lua: READ },
};

/** Owner, epoch and sequence; nothing where the task was never acquired. */
export type Standing = readonly [owner: string | null, epoch: string | null, sequence: string | null];

/** Fields and values by turns. */
export type Flat = readonly Buffer[];

export interface Commands {
  acquireTask(own: string, owner: string): Promise<readonly [epoch: number, sequence: string]>;
  commitTask(keyCount: number, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<1 | Standing>;
  readTaskBuffer(keyCount: number, keys: readonly string[]): Promise<readonly [Flat, ...Flat[]]>;
  hmget(key: string, fields: readonly string[]): Promise<Standing>;
  hmgetBuffer(key: string, fields: readonly string[]): Promise<readonly (Buffer | null)[]>;
  hgetall(key: string): Promise<Readonly<Record<string, string>>>;
  hlen(key: string): Promise<number>;
  hscanBuffer(key: string, cursor: string, count: 'COUNT', many: number): Promise<readonly [Buffer, Flat]>;
  mgetBuffer(keys: readonly string[]): Promise<readonly (Buffer | null)[]>;
  set(key: string, value: Buffer): Promise<unknown>;
  set(key: string, value: Buffer, expire: 'EX', seconds: number): Promise<unknown>;
  del(keys: readonly string[]): Promise<unknown>;
}
