/** Copy buttons: of a whole reply as Markdown, and of each block of code. */

import { announce, clone, rename, word } from '../dom.ts'

const SHOWN_MS = 1200

/** Gives each block of code a button, once. */
export function addCodeButtons(root: ParentNode): void {
  for (const figure of root.querySelectorAll('figure:not(:has(button))')) {
    figure.append(clone('copy-code'))
  }
}

/** The code that a button belongs to. */
export function codeOf(button: Element): string {
  return button.closest('figure')?.querySelector('code')?.textContent ?? ''
}

/** Copies, and says so on the button for about a second. */
export async function copy(text: string, button: HTMLElement): Promise<void> {
  if (!(await write(text)) || button.dataset['state']) return
  const label = button.querySelector('span')
  const name = label?.textContent ?? button.title
  const show = (shown: string): void => {
    if (label) label.textContent = shown
    else rename(button, shown)
  }
  button.dataset['state'] = 'copied'
  show(word('copied'))
  announce(word('copied'))
  setTimeout(() => {
    show(name)
    delete button.dataset['state']
  }, SHOWN_MS)
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return writeTheOldWay(text)
  }
}

/** Browsers have no `navigator.clipboard` on plain HTTP. */
function writeTheOldWay(text: string): boolean {
  const focused = document.activeElement
  const box = document.createElement('textarea')
  box.className = 'visually-hidden'
  box.value = text
  document.body.append(box)
  box.select()
  const done = document.execCommand('copy')
  box.remove()
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  return done
}
