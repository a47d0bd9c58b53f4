/** Checks that HTML holds only what the Markdown renderer may write: a strict tokenizer, not a sanitizer. */

const DIR = '( dir="auto")?'
/** Every start tag that may appear, attributes and all. */
const START_TAGS: readonly RegExp[] = [
  /^<(?:strong|em|del|code|thead|tbody|tr|figcaption|td|li)>$/,
  new RegExp(`^<(?:p|h[3-6]|ul|blockquote|table)${DIR}>$`),
  /^<p class="plain" dir="auto">$/,
  new RegExp(`^<ol(?: start="\\d{1,9}")?${DIR}>$`),
  /^<li class="task">$/,
  /^<(?:th scope="col"|td)(?: class="(?:left|center|right)")?>$/,
  /^<figure class="code">$/,
  /^<pre tabindex="0">$/,
  /^<div class="table" role="group" aria-label="Table" tabindex="0">$/,
  /^<span class="hl-[csnk]">$/,
  /^<span role="img" aria-label="(?:Done|To do)">$/,
  /^<a href="(?:https?:\/\/|mailto:)[^"'<>\s`\\]+" rel="noopener noreferrer nofollow">$/i,
]
const VOID = /^<(?:br|hr)>$/

/**
 * What is wrong with a piece of HTML: the first tag that is not allowed, not closed or closed by another, or a character that should
 * have been escaped; null when nothing is.
 */
export function findUnsafe(html: string): string | null {
  const open: string[] = []
  let end = 0
  for (const { 0: tag, index } of html.matchAll(/<[^>]*>?/g)) {
    const text = html.slice(end, index)
    if (text.includes('>')) return `stray > in ${text}`
    end = index + tag.length
    if (VOID.test(tag)) continue
    const closing = /^<\/([a-z\d]+)>$/.exec(tag)?.[1]
    if (closing !== undefined) {
      const opened = open.pop()
      if (opened !== closing) return `${tag} closes ${opened ?? 'nothing'}`
    } else if (START_TAGS.some((allowed) => allowed.test(tag))) {
      const name = /^<([a-z\d]+)/.exec(tag)?.[1] ?? ''
      if (name === 'a' && open.includes('a')) return 'a link in a link'
      open.push(name)
    } else return `not allowed: ${tag}`
  }
  if (html.slice(end).includes('>')) return 'stray > at the end'
  return open.length > 0 ? `not closed: ${open.join(' ')}` : null
}

/** The text that a reader sees. */
export function visibleText(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replaceAll('&amp;', '&')
}
