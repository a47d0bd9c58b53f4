/** Finds what the server's page promises to hold. */

import type { ScriptTexts } from '../wire.ts'

/**
 * The first element that fits.
 *
 * @throws TypeError when the page has none: then script and page are of different versions
 */
export function required(selector: string, root: ParentNode = document): HTMLElement {
  return requiredOf(HTMLElement, selector, root)
}

/** The same for an element of a kind. */
export function requiredOf<T extends Element>(
  type: new () => T,
  selector: string,
  root: ParentNode = document,
): T {
  const found = root.querySelector(selector)
  if (found instanceof type) return found
  throw new TypeError(`Cannot find "${selector}" in the page`)
}

/** A copy of the only element in one of the page's templates. */
export function clone(id: string): HTMLElement {
  const template = requiredOf(HTMLTemplateElement, `#${id}`)
  return required('*', document.importNode(template.content, true))
}

/** One of the words that the server put into the page for its script, in the page's language. */
export function word(name: keyof ScriptTexts): string {
  return required('#texts').dataset[name] ?? ''
}

/**
 * How long an announcement stays: long enough for every screen reader. A visitor who reads the page
 * later must not find it there.
 */
const ANNOUNCED_MS = 2000
let announced: ReturnType<typeof setTimeout> | undefined

/** Says something to visitors who listen to the page. */
export function announce(text: string): void {
  const status = required('#status')
  status.textContent = text
  clearTimeout(announced)
  announced = setTimeout(() => {
    status.textContent = ''
  }, ANNOUNCED_MS)
}

/** Gives a control without words another name: for a screen reader, and for a pointer. */
export function rename(control: HTMLElement, name: string): void {
  control.ariaLabel = name
  control.title = name
}

/** False on a touch screen, where taking the focus would open a keyboard. */
export function hasKeyboard(): boolean {
  return !matchMedia('(pointer: coarse)').matches
}

/**
 * Moves the focus to where the visitor goes on: to the box, or to the conversation if the box would
 * open a keyboard.
 */
export function focusNext(): void {
  required(hasKeyboard() ? '#message' : '#thread').focus({ preventScroll: true })
}

/** Resolves after this long, or when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => resolve())
  })
}
