/** Addresses below `base`: `''` for the root's own conversation, `/c/<id>` for any other. */

/** Where the newest message of a conversation is. Without a script only the address leads there. */
export const END = '#end'

/** The page of a conversation. */
export function pageOf(base: string): string {
  return base === '' ? '/' : base
}

/** The base of a conversation that has an address of its own. */
export function baseOf(id: string): string {
  return `/c/${id}`
}
