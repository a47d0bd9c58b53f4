/** Models that say texts, and what a model said as texts: most tests are about nothing else. */

import type {
  AnswerOptions,
  Ending,
  Finish,
  Message,
  Model,
  ModelEvent,
} from '../../src/model/model.ts'

type Answer = AsyncGenerator<ModelEvent, Ending, undefined>

/** Yields the pieces of a reply and returns how it ended. */
export type Speak = (
  messages: readonly Message[],
  options: AnswerOptions,
) => AsyncGenerator<string, Finish, undefined>

/** A model that says so. What `speak` throws at once, `answer` throws. */
export function textModel(name: string, speak: Speak): Model {
  return { name, answer: (messages, options) => toEvents(name, speak(messages, options)) }
}

async function* toEvents(name: string, pieces: AsyncGenerator<string, Finish, undefined>): Answer {
  try {
    for (;;) {
      const next = await pieces.next()
      if (next.done) return { finish: next.value, model: name }
      yield { kind: 'text', text: next.value }
    }
  } finally {
    await pieces.return('stop')
  }
}

/** The texts of an answer and how it ended, without its reasoning and usage. */
export async function* textsOf(answer: Answer): AsyncGenerator<string, Finish, undefined> {
  try {
    for (;;) {
      const next = await answer.next()
      if (next.done) return next.value.finish
      if (next.value.kind === 'text') yield next.value.text
    }
  } finally {
    await answer.return({ finish: 'stop', model: '' })
  }
}
