/** The requests of a schedule of several conversations, each with the checks of its answer. */

import { expect } from 'vitest'
import { type HistoryReply, type NewReply, SETTLED_HEADER } from '../../../../src/wire.ts'
import { prose } from '../../prose.ts'
import { readEvents } from '../../read-events.ts'
import type { ScheduleServer } from '../server.ts'
import { type Browser, type Lock, SHELF } from './browser.ts'

export interface Scene {
  readonly server: ScheduleServer
  readonly browser: Browser
  /** By address; the root's is empty. */
  readonly conversations: Map<string, Conversation>
  /** Addresses of conversations that were deleted. */
  readonly gone: Set<string>
  held: readonly Held[]
  saidSoFar: number
}

interface Conversation {
  /** The messages, from old to new. */
  said: readonly string[]
  /** Grows with each reset. */
  life: number
}

/** A receipt in a tab. */
interface Held {
  readonly tab: number
  readonly base: string
  readonly life: number
  readonly token: string
  readonly message: string
}

interface By {
  readonly tab: number
  readonly late: number
}

/** nginx takes 8 KB with the name and the line's end. */
const MAX_HEADER_BYTES = 8192 - 'Cookie: \r\n'.length

/** Sends a request with the cookies of this moment; its answer sets them later. */
async function send(
  { server, browser }: Scene,
  path: string,
  {
    locks,
    late,
    ...rest
  }: { locks: readonly Lock[]; late: number; body?: object; wantsEvents?: boolean },
): Promise<Response> {
  browser.waitFor(locks)
  const pair = browser.jar.header(path)
  expect(pair.length).toBeLessThan(MAX_HEADER_BYTES)
  const response = await server.request({ path, ...(pair !== '' && { pair }), ...rest })
  if (response.status >= 500) {
    expect([response.status, server.fault]).not.toEqual([503, 'none'])
    expect(response.status, await response.clone().text()).toBe(503)
    expect(response.headers.getSetCookie()).toEqual([])
  }
  browser.answerLater(late, locks, response)
  return response
}

/** A fresh address, at which nothing was said yet. */
export async function freshAddress(scene: Scene): Promise<void> {
  const { server, conversations } = scene
  // Without cookies: nothing moves from the root.
  const response = await server.request({ path: '/new', body: {} })
  conversations.set(await addressIn(response), { said: [], life: 0 })
}

async function addressIn(response: Response): Promise<string> {
  const { id }: NewReply = JSON.parse(await response.text())
  return `/c/${id}`
}

function conversationAt({ conversations }: Scene, base: string): Conversation {
  const conversation = conversations.get(base)
  if (!conversation) throw new Error(`The schedule knows no conversation at ${base}`)
  return conversation
}

function newMessage(scene: Scene, chars: number): string {
  scene.saidSoFar += 1
  return `m${scene.saidSoFar}| ${prose(scene.saidSoFar, chars)}`
}

const heldBy = ({ held }: Scene, tab: number, base: string): readonly Held[] =>
  held.filter((one) => one.tab === tab && one.base === base)

const tokensOf = (held: readonly Held[]): readonly string[] => held.map(({ token }) => token)

/** What an answer says of the receipts that its request brought: those of this life are in the conversation now. */
function take(scene: Scene, base: string, sent: readonly Held[], response: Response): void {
  const conversation = conversationAt(scene, base)
  const settled = (response.headers.get(SETTLED_HEADER) || null)?.split(',').map(Number) ?? []
  const done = sent.filter((_, i) => settled.includes(i))
  scene.held = scene.held.filter((one) => !done.includes(one))
  if (response.status !== 200) return
  const own = sent.filter(({ life }) => life === conversation.life)
  const added = own.filter(({ message }) => !conversation.said.includes(message))
  conversation.said = [...conversation.said, ...new Set(added.map(({ message }) => message))]
}

export async function say(
  scene: Scene,
  base: string,
  { tab, chars, late }: By & { chars: number },
): Promise<void> {
  const sent = heldBy(scene, tab, base)
  const message = newMessage(scene, chars)
  const body = { message, receipts: tokensOf(sent) }
  const response = await send(scene, `${base}/chat`, { locks: [base], late, body })
  take(scene, base, sent, response)
  if (response.status !== 200) return expect(response.status).toBe(503)
  const conversation = conversationAt(scene, base)
  checkPrompt(scene, conversation, message)
  conversation.said = [...conversation.said, message]
}

export async function stream(
  scene: Scene,
  base: string,
  { tab, chars, late }: By & { chars: number },
): Promise<void> {
  const sent = heldBy(scene, tab, base)
  const message = newMessage(scene, chars)
  const body = { message, receipts: tokensOf(sent) }
  const options = { locks: [base], late, body, wantsEvents: true }
  const response = await send(scene, `${base}/chat`, options)
  take(scene, base, sent, response)
  if (response.status !== 200) return expect(response.status).toBe(503)
  const { events } = await readEvents(response)
  const conversation = conversationAt(scene, base)
  checkPrompt(scene, conversation, message)
  const token = String(events.at(-1)?.data['receipt'])
  scene.held = [...scene.held, { tab, base, life: conversation.life, token, message }]
}

/** The model saw the newest messages of this conversation, and of no other. */
function checkPrompt({ server }: Scene, { said }: Conversation, message: string): void {
  const asked = server.lastPrompt().filter(({ role }) => role === 'user')
  const seen = asked.map(({ content }) => content)
  if (server.fault === 'none') {
    expect(seen).toEqual([...said.slice(-seen.length + 1), message].slice(-seen.length))
    expect(seen.length).toBeGreaterThanOrEqual(Math.min(said.length + 1, 5))
  }
  for (const text of seen.slice(0, -1)) expect(said).toContain(text)
}

export async function commit(scene: Scene, base: string, { tab, late }: By): Promise<void> {
  const sent = heldBy(scene, tab, base)
  if (sent.length === 0) return
  const body = { receipts: tokensOf(sent) }
  const response = await send(scene, `${base}/chat/commit`, { locks: [base], late, body })
  const { life } = conversationAt(scene, base)
  if (response.status === 409) expect(sent.map((one) => one.life)).not.toContain(life)
  else expect([200, 503]).toContain(response.status)
  take(scene, base, sent, response)
}

export async function open(scene: Scene, base: string, late: number): Promise<void> {
  const response = await send(scene, base || '/', { locks: [base], late })
  await expectThere(scene, base, response)
}

/** 404 where nothing ever was. */
async function expectThere(scene: Scene, base: string, response: Response): Promise<boolean> {
  if (response.status === 503) return false
  const mayBeAbsent = base !== '' && conversationAt(scene, base).said.length === 0
  if (response.status === 404 && mayBeAbsent) return false
  expect(response.status, base).toBe(200)
  return true
}

export async function park(scene: Scene, base: string, late: number): Promise<void> {
  if (base === '' || conversationAt(scene, base).said.length === 0) return
  const response = await send(scene, `${base}/park`, { locks: [base, SHELF], late, body: {} })
  if (!(await expectThere(scene, base, response))) return
  const { status }: { status: string } = JSON.parse(await response.text())
  expect(['parking', 'parked', 'kept']).toContain(status)
  if (status === 'kept') expect(scene.server.fault).not.toBe('none')
}

export async function remove(scene: Scene, base: string, late: number): Promise<void> {
  if (base === '') return
  const response = await send(scene, `${base}/delete`, { locks: [base, SHELF], late, body: {} })
  if (!(await expectThere(scene, base, response))) return
  scene.conversations.delete(base)
  scene.gone.add(base)
  scene.held = scene.held.filter((one) => one.base !== base)
  await freshAddress(scene)
}

export async function reset(scene: Scene, base: string, late: number): Promise<void> {
  const response = await send(scene, `${base}/reset`, { locks: [base, SHELF], late, body: {} })
  if (!(await expectThere(scene, base, response))) return
  const conversation = conversationAt(scene, base)
  conversation.said = []
  conversation.life += 1
}

export async function fork(
  scene: Scene,
  base: string,
  { back, late }: { back: number; late: number },
): Promise<void> {
  const { said } = conversationAt(scene, base)
  const page = await send(scene, base || '/', { locks: [base], late: 0 })
  if (page.status !== 200 || said.length === 0) return
  const ids = [...(await page.text()).matchAll(/data-turn="([^"]+)"/g)].map(([, id = '']) => id)
  const shown = [...new Set(ids)]
  const place = 1 + (back % shown.length)
  const body = { turn: shown.at(-place) ?? '' }
  const response = await send(scene, `${base}/fork`, { locks: [base], late: 0, body })
  if (response.status === 503) return
  expect(response.status).toBe(200)
  const address = await addressIn(response)
  scene.conversations.set(address, { said: said.slice(0, -place), life: 0 })
  // What comes after a fork may overtake the answers before it, not the fork's own.
  await open(scene, address, late)
}

export async function moveRoot(scene: Scene, late: number): Promise<void> {
  const root = conversationAt(scene, '')
  const response = await send(scene, '/new', { locks: [''], late: 0, body: {} })
  expect(response.status).toBe(200)
  const lines = response.headers.getSetCookie()
  const base = lines.map((line) => /Path=(\/c\/[\w-]+)/.exec(line)?.[1]).find(Boolean)
  if (base === undefined) return expect(root.said).toEqual([])
  scene.conversations.set(base, { said: root.said, life: root.life })
  // The receipts of its turns are good at the new address.
  scene.held = scene.held.map((one) =>
    one.base === '' && one.life === root.life ? { ...one, base } : one,
  )
  scene.conversations.set('', { said: [], life: root.life + 1 })
  await open(scene, base, late)
}

/** Every turn is where it was said, once and in order, and no other. */
export async function expectWhole(scene: Scene, base: string): Promise<void> {
  const { server, browser } = scene
  const { said } = conversationAt(scene, base)
  const pair = browser.jar.header(`${base}/history`)
  const response = await server.request({ path: `${base}/history`, pair })
  if (response.status === 404) return expect([base, said]).toEqual([base, []])
  const { turns, forgotten, unreadable }: HistoryReply = JSON.parse(await response.text())
  const texts = said.flatMap((message) => [message, `Answer to ${message}`])
  expect(
    turns.map(({ content }) => content),
    base,
  ).toEqual(texts)
  expect([forgotten, unreadable]).toEqual([0, undefined])
}
