/**
 * Keeps the newest text in view while the visitor is at the end, and never moves what they read
 * elsewhere. A scroll upwards is always the visitor's, since the page itself never scrolls up.
 */

import { focusNext, required } from './dom.ts'

/** A visitor this close to the end is at the end, in CSS pixels. */
const NEAR = 60
/**
 * The button comes only when the end is this far away, in CSS pixels, so that it does not flicker.
 */
const FAR = 200

const log = required('#conversation', HTMLElement)
const jump = required('#jump', HTMLButtonElement)

let pinned = true
let lastTop = 0

export function startScrolling(): void {
  log.addEventListener('scroll', follow)
  log.addEventListener('wheel', ({ deltaY }) => {
    // The scroll event comes later, and the next word could come before it.
    if (deltaY < 0 && log.scrollTop > 0) pinned = false
  })
  jump.addEventListener('click', () => {
    scrollToNewest()
    focusNext()
  })
  const observer = new ResizeObserver(stay)
  observer.observe(required('#thread', HTMLElement))
  observer.observe(log)
  // The keyboard of iOS resizes only the visual viewport.
  visualViewport?.addEventListener('resize', stay)
  scrollToNewest()
}

export function scrollToNewest(): void {
  pinned = true
  stay()
}

/** Does something above what is read, without moving it. */
export function holdingStill(change: () => void): void {
  const before = log.scrollHeight
  change()
  log.scrollTop += log.scrollHeight - before
  lastTop = log.scrollTop
}

/** New text pushes the end away. Follows it, or shows the button that leads there. */
function stay(): void {
  if (pinned) log.scrollTop = log.scrollHeight
  lastTop = log.scrollTop
  offer()
}

function follow(): void {
  const left = distance()
  if (log.scrollTop < lastTop && left > 1) pinned = false
  else if (log.scrollTop > lastTop && left < NEAR) pinned = true
  lastTop = log.scrollTop
  offer()
}

function offer(): void {
  const left = distance()
  if (left > FAR && !pinned) jump.hidden = false
  else if (left < NEAR || pinned) jump.hidden = true
}

function distance(): number {
  return log.scrollHeight - log.clientHeight - log.scrollTop
}
