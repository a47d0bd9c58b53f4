/**
 * What the browser keeps for all tabs of this page. Where it keeps nothing (private windows,
 * policies), it lasts as long as the page.
 */

const memory = new Map<string, string>()

export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    memory.set(key, value)
  }
}

export function kept(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null
  } catch {
    return memory.get(key) ?? null
  }
}

export function forget(key: string): void {
  memory.delete(key)
  try {
    localStorage.removeItem(key)
  } catch {
    // The browser keeps nothing, so there is nothing to remove.
  }
}

/** All keys that begin with a text, in order. */
export function keysLike(prefix: string): string[] {
  let stored: string[] = []
  try {
    stored = Object.keys(localStorage)
  } catch {
    // The browser keeps nothing.
  }
  return [...new Set([...stored, ...memory.keys()])].filter((key) => key.startsWith(prefix)).sort()
}
