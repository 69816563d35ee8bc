/** The events that a decision names. */

/** Under which names a `because` has `source#id`. */
const REF_KEYS: ReadonlySet<string> = new Set(['event', 'events', 'record', 'sessions']);

/** Every `source#id` that a `because` names. */
export function refsOf(because: unknown): readonly string[] {
  const refs = new Set<string>();
  const look = (value: unknown, key: string) => {
    if (Array.isArray(value)) for (const item of value) look(item, key);
    else if (typeof value === 'object' && value !== null)
      for (const [name, inner] of Object.entries(value)) look(inner, name);
    else if (REF_KEYS.has(key) && typeof value === 'string') refs.add(value);
  };
  look(because, '');
  return [...refs];
}
