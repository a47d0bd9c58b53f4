/**
 * Keeps the newest text in view while the visitor is at the end, and never moves what they read
 * elsewhere. A scroll upwards is always the visitor's, since the page itself never scrolls up.
 */

import { focusNext, required } from '../dom.ts'

/** A visitor this close to the end is at the end, in CSS pixels. */
const NEAR = 60
/**
 * The button comes only when the end is this far away, in CSS pixels, so that it does not flicker.
 */
const FAR = 200

const page = document.documentElement
const jump = required('[data-action=jump]')

let pinned = true
let lastTop = 0

export function startScrolling(): void {
  // The page begins at the newest message. The browser would go back to where a reload left it.
  history.scrollRestoration = 'manual'
  addEventListener('scroll', follow)
  addEventListener('wheel', ({ deltaY }) => {
    // The scroll event comes later, and the next word could come before it.
    if (deltaY < 0 && page.scrollTop > 0) pinned = false
  })
  addEventListener('resize', stay)
  new ResizeObserver(stay).observe(document.body)
  // The keyboard of iOS resizes only the visual viewport.
  visualViewport?.addEventListener('resize', stay)
  scrollToNewest()
}

export function scrollToNewest(): void {
  pinned = true
  stay()
}

export function jumpToNewest(): void {
  scrollToNewest()
  focusNext()
}

/** Does something above what is read, without moving it. */
export function holdingStill(change: () => void): void {
  const before = page.scrollHeight
  change()
  page.scrollTop += page.scrollHeight - before
  lastTop = page.scrollTop
}

/** New text pushes the end away. Follows it, or shows the button that leads there. */
function stay(): void {
  if (pinned) page.scrollTop = page.scrollHeight
  lastTop = page.scrollTop
  offer()
}

function follow(): void {
  const left = distance()
  if (page.scrollTop < lastTop && left > 1) pinned = false
  else if (page.scrollTop > lastTop && left < NEAR) pinned = true
  lastTop = page.scrollTop
  offer()
}

function offer(): void {
  const left = distance()
  if (left > FAR && !pinned) jump.hidden = false
  else if (left < NEAR || pinned) jump.hidden = true
}

function distance(): number {
  return page.scrollHeight - page.clientHeight - page.scrollTop
}
