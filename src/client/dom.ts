/** Finds what the server's page promises to hold. */

import type { ScriptTexts } from '../wire.ts'

/**
 * The first element that fits.
 *
 * @throws TypeError when the page lacks it: the script and the page do not belong together
 */
export function required<T extends Element>(
  selector: string,
  type: new () => T,
  root: ParentNode = document,
): T {
  const found = root.querySelector(selector)
  if (found instanceof type) return found
  throw new TypeError(`Cannot find "${selector}" in the page`)
}

/** A copy of the only element in one of the page's templates. */
export function clone(id: string): HTMLElement {
  const template = required(`#${id}`, HTMLTemplateElement)
  return required('*', HTMLElement, document.importNode(template.content, true))
}

/** One of the words that the server put into the page for its script, in the page's language. */
export function word(name: keyof ScriptTexts): string {
  return required('#texts', HTMLTemplateElement).dataset[name] ?? ''
}

/** Long enough for every screen reader to take it; what stayed longer would be found twice by who reads the page. */
const ANNOUNCED_MS = 2000
let announced: ReturnType<typeof setTimeout> | undefined

/** Says something to those who listen to the page instead of looking at it. */
export function announce(text: string): void {
  const status = required('#status', HTMLElement)
  status.textContent = text
  clearTimeout(announced)
  announced = setTimeout(() => {
    status.textContent = ''
  }, ANNOUNCED_MS)
}

/** False where fingers come first, and taking the focus would open a keyboard on the screen. */
export function hasKeyboard(): boolean {
  return !matchMedia('(pointer: coarse)').matches
}

/** Moves the focus to where the visitor goes on: the box, or the conversation if the box would open a keyboard. */
export function focusNext(): void {
  const next = required(hasKeyboard() ? '#message' : '#conversation', HTMLElement)
  next.focus({ preventScroll: true })
}
