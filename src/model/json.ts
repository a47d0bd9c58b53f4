/** Reads JSON that nobody vouches for. Pure, and never throws. */

/** Reads a property of something that may be an object. */
export function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Reflect.get(value, name)
}

/** The first element of an array, undefined for anything else. */
export function firstItem(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined
}

/** The parsed JSON, or the raw text when it is none. */
export function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text)
    return parsed
  } catch {
    return text
  }
}
