/** A cookie jar as a browser keeps one: by name and path, without cookies that are too long (RFC 6265bis §5.6, §5.7). */

const MAX_NAME_AND_VALUE_BYTES = 4096

export interface StoredCookie {
  readonly name: string
  readonly path: string
  /** Name and value, as they are sent. */
  readonly pair: string
}

export interface Jar {
  /** The `Cookie` header of a request to an address; the cookies of the longest path first. */
  header(path: string): string
  /** Takes a `Set-Cookie` line. What is too long is dropped, and the old one stays. */
  take(line: string): void
  /** Puts a cookie there, whatever it is. */
  put(cookie: StoredCookie): void
  /** Takes away all that would be sent to an address. */
  clear(path: string): void
  all(): readonly StoredCookie[]
}

export function createJar(): Jar {
  const cookies = new Map<string, StoredCookie>()
  const keyOf = ({ name, path }: Pick<StoredCookie, 'name' | 'path'>): string => `${name} ${path}`
  const sentTo = (path: string): StoredCookie[] =>
    [...cookies.values()]
      .filter((cookie) => covers(cookie.path, path))
      .sort((a, b) => b.path.length - a.path.length)

  return {
    header: (path) =>
      sentTo(path)
        .map(({ pair }) => pair)
        .join('; '),
    take(line) {
      const [pair = '', ...attributes] = line.split('; ')
      const name = pair.split('=', 1)[0] ?? ''
      const path = attributes.find((text) => text.startsWith('Path='))?.slice(5) ?? '/'
      if (attributes.includes('Max-Age=0')) cookies.delete(keyOf({ name, path }))
      else if (pair.length <= MAX_NAME_AND_VALUE_BYTES) {
        cookies.set(keyOf({ name, path }), { name, path, pair })
      }
    },
    put(cookie) {
      cookies.set(keyOf(cookie), cookie)
    },
    clear(path) {
      for (const cookie of sentTo(path)) cookies.delete(keyOf(cookie))
    },
    all: () => [...cookies.values()],
  }
}

/** True when a cookie of one path goes along to another (RFC 6265 §5.1.4). */
function covers(cookiePath: string, path: string): boolean {
  const folder = cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`
  return path === cookiePath || path.startsWith(folder)
}
