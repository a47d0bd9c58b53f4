/**
 * The box: what a key does in it, how high it is, what it remembers, and whether it holds a new
 * message or one to change.
 */

import { hasKeyboard, required, requiredOf } from '../dom.ts'
import { keepDraft, keptDraft } from '../net/waiting.ts'

const form = requiredOf(HTMLFormElement, '#composer')
const box = requiredOf(HTMLTextAreaElement, '#message')
export const button = required('[data-action=send]', form)

/**
 * What was in the box before a message came into it to be changed, and what sends the changed one.
 * Null while none is changed.
 */
let laidAside: { readonly draft: string; readonly send: (text: string) => Sent } | null = null

/** What becomes of a message that is sent: it goes, it stays in the box, or the form sends it. */
export type Sent = 'gone' | 'kept' | 'by-form'

/**
 * Sets the box up, with the draft of an earlier page.
 *
 * @param send gets what the visitor sends, also when it is empty
 */
export function startComposer(send: (text: string) => Sent): void {
  if (box.value === '') setText(keptDraft())
  else resize()
  // `autofocus` waits for the first paint, and the visitor may press a key before that.
  focusBox()
  // The form would hold an empty message back, and not say that it was sent.
  form.noValidate = true
  form.addEventListener('submit', (event) => {
    const sent = (laidAside?.send ?? send)(box.value.trim())
    if (sent === 'by-form') return
    event.preventDefault()
    if (sent === 'kept') return
    const next = laidAside?.draft ?? ''
    endEditing()
    setText(next)
  })
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || isComposing(event) || event.shiftKey || event.altKey) return
    // A keyboard on the screen has no Shift+Enter, so Enter makes a line there, and the button
    // sends.
    if (!hasKeyboard() && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    form.requestSubmit()
  })
  box.addEventListener('input', () => {
    resize()
    saveDraft()
  })
}

/** What goes along with every message: what the bar's lists hold, as the form would send it. */
export function choices(): object {
  return Object.fromEntries(new FormData(form))
}

/** Whether a key belongs to an input method. */
export function isComposing(event: KeyboardEvent): boolean {
  // For a key that an input method takes, browsers report 229 or `Process`. Safari reports it after
  // the method has ended.
  return event.isComposing || event.keyCode === 229 || event.key === 'Process'
}

/**
 * Puts a message into the box to be changed.
 *
 * @param place which of the two notes stands over the box
 * @param send gets the changed message
 */
export function edit(text: string, place: 'last' | 'earlier', send: (text: string) => Sent): void {
  laidAside = { draft: laidAside?.draft ?? box.value, send }
  required('#editing').hidden = false
  required('#editing-last').hidden = place !== 'last'
  required('#editing-earlier').hidden = place === 'last'
  setText(text)
  focusBox('always')
  box.setSelectionRange(text.length, text.length)
}

/** Puts back what was in the box before. False when no message is being changed. */
export function cancelEditing(): boolean {
  if (laidAside === null) return false
  setText(laidAside.draft)
  endEditing()
  box.focus()
  return true
}

/** Puts a text back that was not sent after all, before what is there. */
export function giveBack(text: string): void {
  setText([text, box.value].filter(Boolean).join('\n\n'))
}

export function boxIs(): 'empty' | 'full' {
  return box.value === '' ? 'empty' : 'full'
}

/**
 * Takes the focus back, unless the visitor has moved it meanwhile, or it would open a keyboard on
 * the screen.
 *
 * @param when `always`: also when the visitor has moved it
 */
export function focusBox(when: 'always' | 'free' = 'free'): void {
  const { activeElement } = document
  const free = !activeElement || activeElement === document.body || activeElement === button
  if ((free || when === 'always') && hasKeyboard()) box.focus({ preventScroll: true })
}

function endEditing(): void {
  laidAside = null
  required('#editing').hidden = true
}

function setText(text: string): void {
  box.value = text
  resize()
  saveDraft()
}

/** Makes the box as high as its text, up to the height that the style sheet allows. */
function resize(): void {
  if (CSS.supports('field-sizing', 'content')) return
  box.style.height = 'auto'
  box.style.height = `${box.scrollHeight}px`
}

/**
 * Keeps what is in the box, so that it is there when the page is opened again.
 *
 * @param unsent what to keep while the box is empty: a message that has no reply yet
 */
export function saveDraft(unsent = ''): void {
  keepDraft((laidAside?.draft ?? box.value) || unsent)
}
