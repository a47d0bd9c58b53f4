/**
 * Makes the messages on the page the same as on the server's page. It touches only what differs, so
 * nothing that is read or focused moves.
 */

import { addCodeButtons } from './copy.ts'
import { sourceOf, textOf, thread } from './thread.ts'

type Pair = readonly [question: HTMLElement, reply: HTMLElement]

/**
 * Takes over a page that shows the newest turns. Older turns that stand here stay, and so do failed
 * questions.
 */
export function mergePage(page: Document): void {
  const fresh = pairsOf(page)
  const local = pairsOf(thread)
  const oldest = fresh[0]?.[0].dataset['turn'] ?? ''
  const wanted = fresh.map((pair) => local.find((other) => adopt(other, pair)) ?? importPair(pair))
  // A page without earlier turns shows all: what stands before them here was replaced.
  const hasOlder = page.querySelector('#earlier') !== null
  const firstWanted = local.findIndex((pair) => wanted.includes(pair))
  for (const [place, pair] of local.entries()) {
    const id = pair[0].dataset['turn']
    const older = hasOlder && (id === undefined ? place < firstWanted : id < oldest)
    const unsaved = id === undefined && !pair[1].dataset['state']
    if (!wanted.includes(pair) && !older && !unsaved) for (const node of pair) node.remove()
  }
  placeAfterOlder(wanted.flat(), oldest)
  for (const id of ['forgotten', 'unreadable', 'earlier']) takeOver(page, id)
}

/**
 * True for the page of a visitor whom the server does not know. It says why, and holds no turn to
 * take over.
 */
export function takeWarning(page: Document): boolean {
  const warning = page.querySelector('#cookieless')
  document.querySelector('#cookieless')?.remove()
  if (warning) thread.before(document.importNode(warning, true))
  return warning !== null
}

/** Puts the turns of a page before those that are here. */
export function prependPage(page: Document): void {
  const nodes = pairsOf(page).flatMap(importPair)
  const first = thread.querySelector('article')
  for (const node of nodes) thread.insertBefore(node, first)
  addCodeButtons(thread)
  thread.querySelector('#earlier')?.remove()
  const more = page.querySelector('#earlier')
  if (more) thread.insertBefore(document.importNode(more, true), nodes[0] ?? first)
}

/** The turns of a page, each as two neighbouring messages. A failed question is not a turn. */
function pairsOf(root: ParentNode): Pair[] {
  return [
    ...root.querySelectorAll<HTMLElement>('[data-role=user] + [data-role=assistant]'),
  ].flatMap((reply): Pair[] => {
    const question = reply.previousElementSibling
    const failed = reply.nextElementSibling?.matches('[data-role=error]') && !reply.dataset['turn']
    return question instanceof HTMLElement && !failed ? [[question, reply]] : []
  })
}

/**
 * True when both show the same turn. A turn that was said here and has no id yet then takes the
 * server's id.
 */
function adopt(local: Pair, fresh: Pair): boolean {
  const id = local[0].dataset['turn']
  const name = fresh[0].dataset['turn'] ?? ''
  const same =
    (id === undefined || id === name) &&
    textOf(local[0]).textContent === textOf(fresh[0]).textContent &&
    sourceOf(local[1]) === sourceOf(fresh[1]) &&
    local[1].dataset['state'] !== 'stopped'
  if (same) for (const node of local) node.dataset['turn'] = name
  return same
}

function importPair(pair: Pair): Pair {
  const [question, reply] = pair
  return [document.importNode(question, true), document.importNode(reply, true)]
}

function placeAfterOlder(nodes: readonly Element[], oldest: string): void {
  const standing = [...thread.querySelectorAll<HTMLElement>('article')]
  let next: Element | null =
    standing.find(({ dataset: { turn } }) => turn === undefined || turn >= oldest) ?? null
  for (const node of nodes) {
    if (node === next) next = next.nextElementSibling
    else thread.insertBefore(node, next)
  }
  addCodeButtons(thread)
}

/**
 * Takes over a notice or the link to earlier turns. The link counts only if nothing older stands
 * here.
 */
function takeOver(page: Document, id: string): void {
  const here = thread.querySelector(`#${id}`)
  const there = page.querySelector(`#${id}`)
  const first = thread.querySelector<HTMLElement>('article')?.dataset['turn']
  const theirs = page.querySelector<HTMLElement>('article')?.dataset['turn']
  if (id === 'earlier' && first !== theirs) return
  here?.remove()
  if (there) thread.insertBefore(document.importNode(there, true), thread.querySelector('article'))
}
