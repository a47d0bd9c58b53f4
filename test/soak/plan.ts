/** What the model server does with one message, drawn before the message is sent. Pure. */

import { prose } from '../support/prose.ts'
import { REPLIES } from '../support/replies.ts'
import type { Chance, Weighed } from './chance.ts'

export type Behaviour =
  /** Says all of it: word by word, as fast as it can, or in one chunk. */
  | 'drips'
  | 'pours'
  | 'says all at once'
  /** Refuses once, then says all of it. */
  | 'refuses once'
  /** Speaks and fails in one write, after some words of its own time. */
  | 'error in the chunk of a word'
  | 'end in the chunk of a word'
  | 'reset in the chunk of a word'
  | 'refuses'
  | 'hangs before headers'
  | 'hangs before the first word'
  | 'hangs in mid-stream'

export interface Plan {
  /** A word that occurs nowhere else. It begins the message, and begins and ends the reply. */
  readonly mark: string
  readonly behaviour: Behaviour
  /** The whole reply, to the byte. */
  readonly text: string
  /** Joined they are `text`. */
  readonly pieces: readonly string[]
  /** Milliseconds before each piece, where it drips. */
  readonly everyMs: number
  /** How many pieces come before a failure in mid-stream. */
  readonly breaksAfter: number
  /** What is said in the write that fails. */
  readonly lastWords: readonly string[]
  /** Of a refusal. */
  readonly status: number
}

/** A reply that drips takes no longer. */
const MOST_MS = 4000

const WHOLE: ReadonlySet<Behaviour> = new Set<Behaviour>([
  'drips',
  'pours',
  'says all at once',
  'refuses once',
])

/** Whether the reply can be finished; where it cannot, nothing may be told to be. */
export function canFinish({ behaviour }: Plan): boolean {
  return WHOLE.has(behaviour)
}

/** It does all that a visitor can wish for; fails now and then; does so with 403 too; or says very much in very small pieces. */
export type Mood = 'behaves' | 'fails' | 'forbids' | 'talks on'

/** Draws how the model answers. */
export function drawPlan(mark: string, chance: Chance, mood: Mood): Plan {
  if (mood === 'talks on') return drawLongPlan(mark, chance)
  const behaviour =
    mood === 'behaves'
      ? chance.weighed<Behaviour>([6, 'drips'], [3, 'pours'], [2, 'says all at once'])
      : chance.weighed<Behaviour>(
          [10, 'drips'],
          [4, 'pours'],
          [2, 'says all at once'],
          [1, 'refuses once'],
          [4, 'error in the chunk of a word'],
          [4, 'end in the chunk of a word'],
          [4, 'reset in the chunk of a word'],
          [2, 'refuses'],
          [1, 'hangs before headers'],
          [1, 'hangs before the first word'],
          [2, 'hangs in mid-stream'],
        )
  const text = `${mark} ${drawBody(chance, behaviour)} ${mark}`
  const pieces = text.match(/\s*\S+\s*$|\s*\S+/g) ?? []
  const breaksAfter = chance.whole(1, Math.min(30, pieces.length - 2))
  // Now a word, now enough for a checkpoint of its own, mostly in one event.
  const most = pieces.length - 1 - breaksAfter
  const lastWords = pieces.slice(breaksAfter, breaksAfter + chance.whole(1, Math.min(most, 120)))
  const forbids: readonly Weighed<number>[] = mood === 'forbids' ? [[3, 403]] : []
  return {
    mark,
    behaviour,
    text,
    pieces,
    everyMs: Math.min(chance.whole(8, 60), MOST_MS / pieces.length),
    breaksAfter,
    lastWords: chance.percent(75) ? [lastWords.join('')] : lastWords,
    status: chance.weighed([1, 500], [1, 503], [1, 429], ...forbids),
  }
}

/** So much that it does not fit into what a connection holds for somebody who does not read. */
function drawLongPlan(mark: string, chance: Chance): Plan {
  const text = `${mark} ${noise(chance, 40_000)} ${mark}`
  const none = { everyMs: 0, breaksAfter: 0, lastWords: [], status: 500 }
  return { ...none, mark, behaviour: 'pours', text, pieces: [...text] }
}

function drawBody(chance: Chance, behaviour: Behaviour): string {
  const seed = chance.whole(0, 1e9)
  const isLong = behaviour === 'pours' && chance.percent(8)
  const chars = isLong ? 30_000 : chance.whole(30, behaviour === 'drips' ? 350 : 1500)
  const samples = Object.values(REPLIES)
  return chance.weighed(
    [3, prose(seed, chars)],
    [3, noise(chance, chars)],
    [2, samples[seed % samples.length] ?? ''],
  )
}

/** Words that do not compress, so that a receipt for them is large and takes its time. */
function noise(chance: Chance, chars: number): string {
  let text = ''
  while (text.length < chars) text += `${chance.whole(0, 2 ** 31).toString(36)} `
  return text.trim()
}
