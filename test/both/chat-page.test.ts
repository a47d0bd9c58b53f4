import { describe, expect, it } from 'vitest'
import { ErrorPage } from '../../src/page/error-page.tsx'
import { ar } from '../../src/page/texts/ar.ts'
import { en } from '../../src/page/texts/en.ts'
import { chatPage, EMPTY, emptyPage, idOf, sharedPage, TURNS } from '../support/sample-page.ts'

const BASE = `/c/${idOf(1)}`
const composerOf = (html: string) => /<form class="composer".*?<\/form>/s.exec(html)?.[0] ?? ''
const threadOf = (html: string) => /<section.*?<\/section>/s.exec(html)?.[0] ?? ''
const boxOf = (html: string) => /<textarea[^>]*>([^<]*)/.exec(html)?.[1]
const count = (html: string, text: string) => html.split(text).length - 1

describe('the chat page', () => {
  it('has no script, style or handler of its own, whatever it shows', () => {
    for (const html of [chatPage(), emptyPage(), sharedPage(), chatPage({ texts: ar })]) {
      expect(html).toMatch(/^<!DOCTYPE html><html lang="(en|ar)"/)
      expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle="|\son[a-z]+="/)
      expect(html).not.toMatch(/undefined|\[object/)
    }
  })

  it('names each thing once', () => {
    for (const html of [chatPage(), emptyPage(), sharedPage()]) {
      // What is in a template is not in the page.
      const page = html.replace(/<template.*?<\/template>/gs, '')
      const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
      expect(ids).toEqual([...new Set(ids)])
    }
  })

  it('posts below its base, at an address of its own or at the root', () => {
    expect(composerOf(chatPage())).toContain(`method="post" action="${BASE}/chat"`)
    expect(composerOf(chatPage({ base: '' }))).toContain('method="post" action="/chat"')
    expect(chatPage()).toContain(`href="${BASE}?before=20"`)
    expect(chatPage({ base: '' })).toContain('href="/?before=20"')
    const later = { ...EMPTY, turns: TURNS, later: 2 }
    expect(chatPage({ excerpt: later })).toContain(`id="newest" href="${BASE}#end"`)
    expect(chatPage({ excerpt: later, base: '' })).toContain('id="newest" href="/#end"')
  })

  it('lets the last turn be asked again, and every question be changed', () => {
    const thread = threadOf(chatPage())
    expect(count(thread, 'data-action="again"')).toBe(1)
    expect(thread).toContain(
      '<input type="hidden" name="message" value="And &lt;i&gt;now&lt;/i&gt;?"/><input type="hidden" name="replaces" value="last"/>',
    )
    const edits = [...thread.matchAll(/href="([^"]*)" data-action="edit"/g)].map(([, to]) => to)
    expect(edits).toEqual([`${BASE}?edit=0000000000001#message`, `${BASE}?edit=last#message`])
    const older = threadOf(chatPage({ excerpt: { ...EMPTY, turns: TURNS, later: 2 } }))
    expect(older).not.toContain('data-action="again"')
    expect(older).not.toContain('edit=last')
  })

  it('offers no message to be asked again that holds more than text', () => {
    const user = [{ kind: 'file', mediaType: 'image/png', key: 'k' } as const]
    const turns = [{ id: '1', user, assistant: 'A picture.', stopped: false }]
    expect(threadOf(chatPage({ excerpt: { ...EMPTY, turns } }))).not.toContain('again')
  })

  it('puts the last question into the box to be replaced', () => {
    const editing = { turn: '0000000000002', text: 'And <i>now</i>?', isLast: true }
    const html = composerOf(chatPage({ editing }))
    expect(boxOf(html)).toBe('And &lt;i&gt;now&lt;/i&gt;?')
    expect(html).toContain(`action="${BASE}/chat"`)
    expect(html).toContain('<input type="hidden" name="replaces" value="last"/>')
    expect(html).toContain('<p class="change" id="editing">')
    expect(html).toContain('<span id="editing-last">Changing your last question')
    expect(html).toContain('<span id="editing-earlier" hidden')
    expect(html).toContain(`href="${BASE}" data-action="cancel-edit"`)
  })

  it('puts an earlier question into the box to begin a conversation from there', () => {
    const editing = { turn: '0000000000001', text: 'Show me', isLast: false }
    const html = composerOf(chatPage({ editing }))
    expect(boxOf(html)).toBe('Show me')
    expect(html).toContain(`action="${BASE}/fork"`)
    expect(html).toContain('<input type="hidden" name="turn" value="0000000000001"/>')
    expect(html).not.toContain('replaces')
    expect(html).toContain('<span id="editing-earlier">Changing an earlier question')
    expect(composerOf(chatPage())).toContain('id="editing" hidden')
  })

  it('gives the text of a message back that got no reply', () => {
    const failed = { text: 'lost & found', sentence: 'No <luck>.' }
    const html = chatPage({ failed, excerpt: EMPTY })
    expect(boxOf(html)).toBe('lost &amp; found')
    expect(threadOf(html)).toContain('role="alert">No &lt;luck&gt;.')
    expect(threadOf(html)).not.toContain('id="welcome"')
  })

  it('greets with questions that are buttons of the form', () => {
    const thread = threadOf(emptyPage())
    expect(count(thread, 'form="composer" name="starter"')).toBe(en.ideas.length)
    expect(count(thread, 'formnovalidate')).toBe(en.ideas.length)
    expect(threadOf(chatPage())).not.toContain('starter')
  })

  it('says which conversation goes where only one is kept', () => {
    expect(threadOf(emptyPage({ leaving: 'A <title>' }))).toContain(
      '“<bdi>A &lt;title&gt;</bdi>” will be gone once you ask something.',
    )
    expect(threadOf(emptyPage())).not.toContain('keeps no more')
  })

  it('tells of the demo: in the bar, under the greeting, and then under the box', () => {
    const empty = emptyPage({ isDemo: true })
    expect(empty).toContain('<span class="badge">Demo</span>')
    expect(threadOf(empty)).toContain('<code dir="ltr">HF_TOKEN</code>')
    expect(empty).toContain(`<p class="fine" id="fine">${en.caution}</p>`)
    expect(chatPage({ isDemo: true })).toContain(`<p class="fine" id="fine">${en.demo}</p>`)
    expect(chatPage()).not.toContain('badge')
  })

  it('is rendered by what the visitor chose', () => {
    const html = chatPage({ preferences: { theme: 'dark', list: 'hidden' }, park: 'next' })
    expect(html).toContain('<html lang="en" data-theme="dark" data-list="hidden" data-park="next">')
    expect(html).toContain('value="dark" data-action="theme" aria-pressed="true"')
    expect(html).toContain('<meta name="color-scheme" content="dark"/>')
    expect(chatPage()).toContain('<html lang="en">')
    expect(chatPage({ texts: ar })).toContain('<html lang="ar" dir="rtl">')
    expect(chatPage()).toContain('value="system" data-action="theme" aria-pressed="true"')
  })

  it('offers in its menu what concerns all conversations', () => {
    const html = chatPage()
    expect(html).toContain(
      'method="post" action="/import" enctype="multipart/form-data" data-action="import"',
    )
    expect(html).toContain('<input type="file" name="file"')
    expect(html).toContain('class="item live" type="button" data-action="export-all"')
    expect(count(html, 'name="language" value=')).toBe(3)
    expect(count(html, 'action="/preferences"')).toBe(3)
  })
})

describe('the page of a shared copy', () => {
  it('shows the turns for reading only, and how to go on', () => {
    const html = sharedPage()
    expect(html).toContain('<h1 id="title" dir="auto">Two days in Lisbon</h1>')
    expect(html).toContain('<time datetime="2026-11-25">November 25, 2026</time>')
    expect(html).toContain('<time datetime="2026-12-25">')
    expect(html).toContain('method="post" action="/s/lisbon/continue"')
    expect(html).toContain('<meta name="robots" content="noindex"/>')
    expect(html).toContain('And &lt;i&gt;now&lt;/i&gt;?')
    expect(html).not.toMatch(/app\.js|data-action="(edit|again)"|id="composer"/)
    expect(html).not.toContain('Stop sharing')
    expect(sharedPage({ endsAt: null })).not.toContain('until')
  })

  it('lets its owner end the sharing', () => {
    const html = sharedPage({ isOwner: true, unshareAt: `${BASE}/unshare` })
    expect(html).toContain(`method="post" action="${BASE}/unshare"`)
    expect(html).toContain('This is your copy')
  })
})

describe('the page of an error', () => {
  it('says what is wrong, and leads on', () => {
    const html = String(
      ErrorPage({ appName: '<A>', texts: en, status: 404, sentence: 'No <x>.', requestId: 'r-1' }),
    )
    expect(html).toContain('<title>&lt;A&gt;</title>')
    expect(html).toContain('<h1>404</h1>')
    expect(html).toContain('No &lt;x&gt;.')
    expect(html).toContain('href="/">Back to the chat</a>')
    expect(html).toContain('<bdi>r-1</bdi>')
  })
})
