/** Finds what the server's page promises to hold. */

import type { ScriptTexts } from '../wire.ts'

/**
 * The first element that fits.
 *
 * @throws TypeError when the page has none: then script and page are of different versions
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

/**
 * How long an announcement stays: long enough for every screen reader. A visitor who reads the page
 * later must not find it there.
 */
const ANNOUNCED_MS = 2000
let announced: ReturnType<typeof setTimeout> | undefined

/** Says something to visitors who listen to the page. */
export function announce(text: string): void {
  const status = required('#status', HTMLElement)
  status.textContent = text
  clearTimeout(announced)
  announced = setTimeout(() => {
    status.textContent = ''
  }, ANNOUNCED_MS)
}

/** Gives a control that shows only an icon another name. */
export function nameControl(control: HTMLElement, name: string): void {
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
  const next = required(hasKeyboard() ? '#message' : '#thread', HTMLElement)
  next.focus({ preventScroll: true })
}
