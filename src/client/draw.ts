/** Draws the page's state. What the thread shows of a turn is drawn in `turn.ts`, as it comes. */

import { clone, rename, required, word } from './dom.ts'
import { isFree, type State } from './state.ts'
import { button } from './view/composer.ts'
import { textOf, thread } from './view/thread.ts'

const place = required('#queue')
let drawn: State['queue'] = []

export function draw(state: State): void {
  const { phase: kind } = state
  document.body.dataset['state'] = kind
  thread.ariaBusy = String(!isFree(state))
  rename(button, word(kind === 'asking' || kind === 'answering' ? 'stop' : 'send'))
  if (state.queue !== drawn) drawQueue(state.queue)
}

function drawQueue(queue: State['queue']): void {
  drawn = queue
  place.hidden = queue.length === 0
  place.replaceChildren(
    ...queue.map(({ id, message }) => {
      const entry = clone('queued-message')
      entry.dataset['id'] = id
      textOf(entry).textContent = message
      return entry
    }),
  )
}
