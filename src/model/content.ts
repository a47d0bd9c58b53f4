/** What a message holds: text, or a list of parts where it is more than text. */

/** A text, or a file in the store, by its key. No route takes files yet. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly mediaType: string; readonly key: string }

/** Content that is text only is a string, so that it takes no more room than its text. */
export type Content = string | readonly Part[]

/** The text of it. A file stands as its type in brackets: `[image/png]`. */
export function textOf(content: Content): string {
  if (typeof content === 'string') return content
  return content
    .map((part) => (part.kind === 'text' ? part.text : `[${part.mediaType}]`))
    .join('\n')
}
