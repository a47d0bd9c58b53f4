/** Pages with something in everything, as strings: rendered from props, without an app. */

import type { SavedTurn } from '../../src/conversation/turn.ts'
import { ChatPage, type ChatPageProps } from '../../src/page/chat-page.tsx'
import { NO_PREFERENCES } from '../../src/page/choices.ts'
import type { ListEntry } from '../../src/page/entry-menu.tsx'
import { SharedPage, type SharedPageProps } from '../../src/page/shared-page.tsx'
import { en } from '../../src/page/texts/en.ts'

/** Noon, in seconds since 1970. */
const NOW = Date.UTC(2026, 10, 25, 12) / 1000
const HOUR = 3600
const DAY = 24 * HOUR

/** The id of a sample conversation: 16 characters of base64url. */
export function idOf(number: number): string {
  return `sample-${String(number).padStart(9, '0')}`
}

function entry(number: number, title: string, age: number, shared?: string): ListEntry {
  return { id: idOf(number), title, startedAt: NOW - age, shared: shared ?? null }
}

export const ENTRIES: readonly ListEntry[] = [
  entry(1, 'Compound interest', HOUR),
  entry(2, 'Two days in Lisbon', 2 * HOUR, '/s/lisbon'),
  entry(3, 'A title that is by far too long for the column in which it stands', DAY),
  entry(4, 'لماذا السماء زرقاء؟', 3 * DAY),
  entry(5, '<b>bold</b> & "quoted"', 30 * DAY),
]

const RICH = [
  'Text with `code`, **bold** and a link https://example.com/.',
  '## Title',
  '```js\nconst a = 1 // one, in a line that is longer than a phone is wide, and then some more\n```',
  '```\nno language\n```',
  `| ${'a head that is wide |'.repeat(6)}\n|${'---|'.repeat(6)}\n| ${'cell |'.repeat(6)}`,
  '- one\n- two\n  - inside\n\n1. first\n2. second\n\n- [x] done\n- [ ] to do',
  '> said',
  '---',
  'A word without an end: '.concat('w'.repeat(300)),
].join('\n\n')

export const TURNS: readonly SavedTurn[] = [
  { id: '0000000000001', user: 'Show me everything.', assistant: RICH, stopped: false },
  { id: '0000000000002', user: 'And <i>now</i>?', assistant: 'That was it, and th', stopped: true },
]

const EXCERPT = { turns: TURNS, earlier: 20, later: 0, unreadable: 2, forgotten: 4 }
export const EMPTY = { turns: [], earlier: 0, later: 0, unreadable: 0, forgotten: 0 }

const PROPS: ChatPageProps = {
  appName: 'Sample',
  isDemo: false,
  texts: en,
  preferences: NO_PREFERENCES,
  now: NOW,
  base: `/c/${idOf(1)}`,
  title: 'Compound interest',
  excerpt: EXCERPT,
  list: { entries: ENTRIES, filter: '', current: idOf(1) },
  canShare: true,
  shared: null,
  editing: null,
  leaving: null,
  cookieless: false,
}

/** The page of a conversation of two turns among five, except for what is changed. */
export function chatPage(changes: Partial<ChatPageProps> = {}): string {
  return String(ChatPage({ ...PROPS, ...changes }))
}

/** The page that a visitor sees who has said nothing yet. */
export function emptyPage(changes: Partial<ChatPageProps> = {}): string {
  const list = { entries: ENTRIES, filter: '', current: null }
  return chatPage({ title: '', excerpt: EMPTY, base: `/c/${idOf(9)}`, list, ...changes })
}

/** The page of a shared copy, except for what is changed. */
export function sharedPage(changes: Partial<SharedPageProps> = {}): string {
  const props = {
    appName: 'Sample',
    texts: en,
    title: 'Two days in Lisbon',
    turns: TURNS,
    leftOut: 0,
    sharedAt: NOW,
    endsAt: NOW + 30 * DAY,
    continueAt: '/s/lisbon/continue',
    isOwner: false,
    unshareAt: null,
  }
  return String(SharedPage({ ...props, ...changes }))
}
