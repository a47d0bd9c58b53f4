/**
 * Keeps the newest text in view while the visitor is at the end, and never moves what they read elsewhere. Whether a scroll was the
 * visitor's is told by where it went, not by time: the page itself never scrolls up.
 */

import { focusNext, required } from './dom.ts'

/** This close to the end, in CSS pixels, is at the end. */
const NEAR = 60
/** The button comes only this far from the end, so that it does not flicker. */
const FAR = 200

const log = required('#conversation', HTMLElement)
const jump = required('#jump', HTMLButtonElement)

let pinned = true
let lastTop = 0

export function startScrolling(): void {
  log.addEventListener('scroll', follow)
  log.addEventListener('wheel', ({ deltaY }) => {
    // The scroll itself comes later, and the next word could come first.
    if (deltaY < 0 && log.scrollTop > 0) pinned = false
  })
  jump.addEventListener('click', () => {
    scrollToNewest()
    focusNext()
  })
  const observer = new ResizeObserver(stay)
  observer.observe(required('#thread', HTMLElement))
  observer.observe(log)
  // The keyboard of iOS resizes nothing but this.
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

/** What grows pushes the end away; follow it, or offer the way there. */
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
