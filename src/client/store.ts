/** Holds the page's state: takes what happens, draws what became of it, and has the rest done. */

import { draw } from './draw.ts'
import { type Effect, type Input, START, type State, step } from './state.ts'

let state = START
let perform: (effect: Effect) => void = () => {}

export function current(): State {
  return state
}

export function tell(input: Input): void {
  const next = step(state, input)
  state = next.state
  draw(state)
  for (const effect of next.effects) perform(effect)
}

/** @param perform does what a change of the state asks for */
export function startStore(doEffect: (effect: Effect) => void): void {
  perform = doEffect
  draw(state)
}
