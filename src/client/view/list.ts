/**
 * The list of conversations: which entries are shown, and what the server's page brings. The style
 * sheet leaves out the heading of a day that shows none.
 */

import { required, requiredOf } from '../dom.ts'
import { base } from '../net/base.ts'
import { isDeleted } from '../net/deletion.ts'

const list = required('#list')
const found = required('#found')
export const filter = requiredOf(HTMLInputElement, '#filter')

/** The place of the entries. What a search finds stands at its end. */
const entries = found.parentElement ?? list

/** Whether the list knows the page's conversation. The root's own one needs no entry. */
export function isListed(): boolean {
  return base === '' || entryOf(base) !== null
}

/** A conversation is deleted. If the page shows it, the visitor goes on with an empty one. */
export function takeDeleted(of: string): void {
  if (of === base) location.replace('/')
  else entryOf(of)?.remove()
}

function entryOf(of: string): Element | null {
  return entries.querySelector(`[data-id="${of.slice(3)}"]`)
}

/** Leaves out what will be deleted, and what does not fit the filter. */
export function drawList(): void {
  const wanted = filter.value.trim().toLowerCase()
  for (const entry of entries.querySelectorAll<HTMLElement>('[data-id]')) {
    const title = required('bdi', entry).textContent?.toLowerCase() ?? ''
    entry.hidden = isDeleted(`/c/${entry.dataset['id']}`) || !title.includes(wanted)
  }
}

/** Takes over the list and the title of the server's page, but not under an open menu. */
export function takeList(page: Document): void {
  document.title = page.title
  required('h1').textContent = required('h1', page).textContent
  const fresh = page.querySelector('#found')?.parentElement
  if (!fresh || entries.querySelector(':popover-open')) return
  const focused = document.activeElement?.closest<HTMLElement>('[data-id]')?.dataset['id']
  const nodes = [...fresh.children].filter(({ id }) => id !== 'found')
  entries.replaceChildren(...nodes.map((node) => document.importNode(node, true)), found)
  drawList()
  entries.querySelector<HTMLElement>(`[data-id="${focused}"] button`)?.focus()
}

/** Leads to the filter, in the drawer where the list is one. */
export function openFilter(): void {
  if (!filter.checkVisibility()) list.showPopover()
  filter.focus()
  filter.select()
}
