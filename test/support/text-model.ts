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

/** A model that says so. What `speak` throws, `answer` rejects with. It ends when it is aborted. */
export function textModel(name: string, speak: Speak): Model {
  return {
    name,
    async answer(messages, options) {
      const pieces = speak(messages, options)
      try {
        for (;;) {
          const next = await pieces.next()
          if (next.done) return { finish: next.value, model: name }
          options.signal.throwIfAborted()
          options.hear({ kind: 'text', text: next.value })
        }
      } finally {
        await pieces.return('stop')
      }
    },
  }
}

/** A model whose answers are asked for event by event. */
export interface PulledModel {
  /** Who stops reading has left: the answer is aborted. */
  answer(messages: readonly Message[], options: Omit<AnswerOptions, 'hear'>): Answer
}

export function pulled(model: Model): PulledModel {
  return {
    async *answer(messages, { signal, ...options }) {
      const reader = new AbortController()
      const events: ModelEvent[] = []
      let wake = () => {}
      const hear = (event: ModelEvent) => {
        events.push(event)
        wake()
      }
      const both = AbortSignal.any([signal, reader.signal])
      let settled = false
      const ending = model.answer(messages, { ...options, signal: both, hear }).finally(() => {
        settled = true
        wake()
      })
      ending.catch(() => {})
      try {
        while (!settled || events.length > 0) {
          const event = events.shift()
          if (event) yield event
          else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
        return await ending
      } finally {
        reader.abort(new Error('the reader has left'))
        await ending.catch(() => {})
      }
    },
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
