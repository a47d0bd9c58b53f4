import { describe, expect, it } from 'vitest'
import { de } from '../../src/page/texts/de.ts'
import { chatPage, ENTRIES, emptyPage, idOf } from '../support/sample-page.ts'

const listOf = (html: string) => /<nav .*?<\/nav>/s.exec(html)?.[0] ?? ''
const entriesOf = (html: string) =>
  listOf(html)
    .split('<li class="entry"')
    .slice(1)
    .map((entry) => entry.split('</li>')[0] ?? '')
const formsOf = (html: string) =>
  [...html.matchAll(/<form[^>]* action="([^"]*)"/g)].map(([, action]) => action)

describe('the list of conversations', () => {
  it('groups them by day, newest first, in the language of the page', () => {
    const days = (html: string) => [...html.matchAll(/<h2>([^<]*)<\/h2><ul>/g)].map(([, d]) => d)
    expect(days(listOf(chatPage()))).toEqual(['Today', 'Yesterday', 'Previous 7 days', 'Older'])
    expect(days(listOf(chatPage({ texts: de })))[0]).toBe('Heute')
    const ids = entriesOf(chatPage()).map((entry) => /data-id="([^"]*)"/.exec(entry)?.[1])
    expect(ids).toEqual(ENTRIES.map(({ id }) => id))
  })

  it('leads to the newest message of each, and marks the one that is shown', () => {
    const entries = entriesOf(chatPage())
    const links = entries.map((entry) => /<a href="([^"]*)"/.exec(entry)?.[1])
    expect(links).toEqual(ENTRIES.map(({ id }) => `/c/${id}#end`))
    expect(entries.map((entry) => entry.includes('aria-current="page"'))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
    expect(emptyPage()).not.toContain('aria-current')
  })

  it('shows titles as text, wherever they stand', () => {
    const html = chatPage({ title: '<b>bold</b> & "quoted"', leaving: '<i>' })
    expect(html).not.toMatch(/<b>|<i>|& "/)
    expect(html).toContain('<title>&lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot; – Sample')
    const last = entriesOf(html).at(-1)
    expect(last).toContain('aria-label="Options for “&lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted')
    expect(last).toContain('value="&lt;b&gt;bold')
  })

  it('takes a title as it is, even one that means something to a replacement', () => {
    const [first] = ENTRIES
    if (!first) throw new Error('no entries')
    const entries = [{ ...first, title: '$& {title}' }]
    const html = chatPage({ list: { entries, filter: '', current: null } })
    expect(html).toContain('aria-label="Options for “$&amp; {title}”"')
  })

  it('offers each its menu: to rename, share, save and delete it, by forms and links', () => {
    const [first = '', shared = ''] = entriesOf(chatPage())
    const base = `/c/${idOf(1)}`
    expect(first).toContain(`popovertarget="of-${idOf(1)}"`)
    expect(first).toContain(`id="of-${idOf(1)}" popover="auto"`)
    expect(formsOf(first)).toEqual([`${base}/title`, `${base}/share`, `${base}/delete`])
    expect(first).toContain(`href="${base}/history?format=md" download="conversation.md"`)
    expect(first).toContain(`href="${base}/history?format=json" download="conversation.json"`)
    const actions = [...first.matchAll(/data-action="([^"]*)"/g)].map(([, name]) => name)
    expect(actions).toEqual(['rename', 'share', 'export', 'export', 'delete'])
    expect(formsOf(shared)).toContain(`/c/${idOf(2)}/unshare`)
    expect(formsOf(shared)).not.toContain(`/c/${idOf(2)}/share`)
    expect(shared).toContain('href="/s/lisbon"')
    const [alone = ''] = entriesOf(chatPage({ canShare: false }))
    expect(formsOf(alone)).toEqual([`${base}/title`, `${base}/delete`])
  })

  it('filters by a form that asks for the same page, and keeps what was asked for', () => {
    const filterOf = (html: string) => /<form method="get" action="([^"]*)"/.exec(html)?.[1]
    expect(filterOf(chatPage())).toBe(`/c/${idOf(1)}`)
    expect(filterOf(chatPage({ base: '' }))).toBe('/')
    // The empty page talks to a conversation that is not there yet.
    expect(filterOf(emptyPage())).toBe('/')
    const none = chatPage({ list: { entries: [], filter: '"x"', current: null } })
    expect(none).toContain('id="filter" type="search" name="q" value="&quot;x&quot;"')
    expect(none).toContain('No conversation fits.')
    expect(chatPage({ list: { entries: [], filter: '', current: null } })).toContain(
      'Conversations will be listed here.',
    )
  })

  it('takes little of a page that may not be too large', () => {
    const entries = Array.from({ length: 100 }, (_, i) => ({
      id: idOf(i),
      title: '"'.repeat(80),
      startedAt: 0,
      shared: null,
    }))
    const html = listOf(chatPage({ list: { entries, filter: '', current: null } }))
    expect(html.length).toBeLessThan(450_000)
  })
})
