/**
 * The box: what a key does in it, how high it is, what it remembers, and whether it holds a new
 * message or one to change.
 */

import { hasKeyboard, nameControl, required, word } from './dom.ts'

const DRAFT = 'aplly-draft'

const form = required('#composer', HTMLFormElement)
const box = required('#message', HTMLTextAreaElement)
const button = required('[data-action="send"]', HTMLButtonElement)
const editing = required('#editing', HTMLElement)

/**
 * What was in the box before a message came into it to be changed, and what sends the changed one.
 * Null while none is changed.
 */
let laidAside: { readonly draft: string; readonly send: (text: string) => void } | null = null

export interface ComposerEvents {
  /** False while a reply is on its way. A message that is sent then stays in the box. */
  mayAsk(): boolean
  /** Gets a new message that the visitor sends. False leaves it to the form. */
  onSubmit(text: string): boolean
  /** Called when the button means Stop. */
  onStop(): void
}

/** Sets the box up, with the draft of an earlier page. */
export function startComposer({ mayAsk, onSubmit, onStop }: ComposerEvents): void {
  if (box.value === '') setText(readDraft())
  else resize()
  // `autofocus` waits for the first paint, and the visitor may press a key before that.
  focusBox()
  form.addEventListener('submit', (event) => {
    const text = box.value.trim()
    if (!mayAsk() || text === '') return event.preventDefault()
    if (laidAside) laidAside.send(text)
    else if (!onSubmit(text)) return
    event.preventDefault()
    const next = laidAside?.draft ?? ''
    endEditing()
    setText(next)
  })
  button.addEventListener('click', (event) => {
    // The second click of a double click must not undo the first: the button has changed from Send
    // to Stop, or back.
    if (event.detail > 1) event.preventDefault()
    else if (isBusy()) {
      event.preventDefault()
      onStop()
    }
  })
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || isComposing(event) || event.shiftKey || event.altKey) return
    // A keyboard on the screen has no Shift+Enter, so Enter makes a line there, and the button
    // sends.
    if (!hasKeyboard() && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    if (mayAsk()) form.requestSubmit()
  })
  box.addEventListener('input', () => {
    resize()
    saveDraft()
  })
  required('[data-action="cancel-edit"]', HTMLAnchorElement).addEventListener('click', (event) => {
    // The address that was asked to put a question into the box leads away from it again.
    if (cancelEditing()) event.preventDefault()
  })
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
 * @param send gets the changed message
 */
export function edit(text: string, send: (text: string) => void): void {
  laidAside = { draft: laidAside?.draft ?? box.value, send }
  editing.hidden = false
  setText(text)
  box.focus()
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

/** Gives a text back that could not be sent. False when something else is in the box. */
export function giveBack(text: string): boolean {
  if (box.value !== '') return false
  setText(text)
  return true
}

/** Turns the button from Send to Stop, or back, without moving it. */
export function setBusy(busy: boolean): void {
  document.body.dataset['state'] = busy ? 'answering' : 'idle'
  nameControl(button, word(busy ? 'stop' : 'send'))
}

function isBusy(): boolean {
  return document.body.dataset['state'] === 'answering'
}

/**
 * Takes the focus back, unless the visitor has moved it meanwhile, or it would open a keyboard on
 * the screen.
 *
 * @param always also when the visitor has moved it
 */
export function focusBox(always = false): void {
  const { activeElement } = document
  const free = !activeElement || activeElement === document.body || activeElement === button
  if ((free || always) && hasKeyboard()) box.focus({ preventScroll: true })
}

function endEditing(): void {
  laidAside = null
  editing.hidden = true
}

function setText(text: string): void {
  box.value = text
  resize()
  saveDraft()
}

/** Makes the box as high as its text, up to the height that the style sheet allows. */
function resize(): void {
  box.style.height = 'auto'
  box.style.height = `${box.scrollHeight}px`
}

/**
 * Keeps what is in the box, so that it is there when the page is opened again.
 *
 * @param unsent what to keep while the box is empty: a message that has no reply yet
 */
export function saveDraft(unsent = ''): void {
  try {
    sessionStorage.setItem(DRAFT, (laidAside?.draft ?? box.value) || unsent)
  } catch {
    // This browser keeps nothing, so the draft is not kept either.
  }
}

function readDraft(): string {
  try {
    return sessionStorage.getItem(DRAFT) ?? ''
  } catch {
    return ''
  }
}
