/**
 * The one network client for all Hugging Face protocols: deadlines, retries, bounds, cancellation,
 * no redirects. The protocols are pure and stand beside it. From the outside in:
 *
 *     client.ts     what is heard: events, and how they ended
 *     reply.ts      pieces of the answer ──► events
 *     exchange.ts   one answer, asked for until its first word has come
 *     tries.ts      what is sent again, and how               recovery.ts says which step
 *     send.ts       one request, one response                 refusal.ts says what a refusal means
 *     answer-reader.ts, event-reader.ts, sse.ts               bytes of the body ──► pieces
 */

import { AppError } from '../../errors.ts'
import type { ProtocolName } from '../endpoint.ts'
import type { AnswerOptions, Ending, Finish, Message, Model } from '../model.ts'
import { chat } from '../protocols/chat.ts'
import { completion } from '../protocols/completion.ts'
import type { Protocol } from '../protocols/protocol.ts'
import { textGeneration } from '../protocols/text-generation.ts'
import { type ModelSettings, TURN_TIMEOUTS } from '../settings.ts'
import type { AnswerEnd } from './answer.ts'
import { createDeadline } from './deadline.ts'
import { createExchange } from './exchange.ts'
import { createHabits } from './habits.ts'
import { createRefusalMemory } from './refusal-memory.ts'
import { createReply, type Reply } from './reply.ts'
import type { FetchLike, Server } from './send.ts'
import type { Experience } from './tries.ts'

/** The first wait before another try, where the server names none. */
const RETRY_BASE_MS = 500

const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  chat,
  completion,
  'text-generation': textGeneration,
}

export interface ClientOptions {
  /** The first wait in milliseconds before another try, where the server names none. */
  readonly retryBaseMs?: number
  /** The platform's own by default. */
  readonly fetch?: FetchLike
  /** Milliseconds since any fixed time: how long what was learned of the server holds. */
  readonly now?: () => number
}

/**
 * Connects a Hugging Face router, endpoint, TGI, vLLM, llama.cpp or Ollama server as the app's
 * model.
 */
export function createHuggingFaceModel(
  settings: ModelSettings,
  {
    retryBaseMs = RETRY_BASE_MS,
    fetch: fetchLike = (url, init) => fetch(url, init),
    now = Date.now,
  }: ClientOptions = {},
): Model {
  const protocol = PROTOCOLS[settings.endpoint.protocol]
  const isChat = settings.endpoint.protocol === 'chat'
  const server: Server = { settings, protocol, fetch: fetchLike }
  const experience: Experience = {
    refusals: createRefusalMemory(now),
    habits: createHabits({ isChat, mayAskUsage: protocol.mayAskUsage, now }),
    retryBaseMs,
  }
  return {
    name: settings.model,
    answer: (messages, options) => converse(server, experience, messages, options),
  }
}

async function converse(
  server: Server,
  experience: Experience,
  messages: readonly Message[],
  options: AnswerOptions,
): Promise<Ending> {
  const { settings, protocol } = server
  const refusal = experience.refusals.recall()
  if (refusal) throw refusal
  const deadline = createDeadline(options.signal, TURN_TIMEOUTS * settings.timeoutMs)
  const exchange = createExchange(server, experience, { messages, options, deadline })
  const createFilter = (hearReasoning: (text: string) => void) =>
    protocol.createFilter(exchange.messages, hearReasoning)
  const reply = createReply(createFilter, options.hear)
  try {
    const end = await exchange.read(reply.hear)
    reply.end()
    const { usage, speaker } = exchange
    if (usage) options.hear({ kind: 'usage', usage })
    return { finish: finishOf(reply, end), model: speaker ?? settings.model }
  } catch (thrown) {
    if (options.signal.aborted) throw options.signal.reason
    // What was held back belongs to the half of a reply that there is.
    reply.end()
    throw thrown
  } finally {
    exchange.close()
    deadline.clear()
  }
}

/** How a reply ended that was read so far; one that was not read to its end is cut by length. */
function finishOf(reply: Reply, end: AnswerEnd): Finish {
  if (reply.isBlank) throw new AppError('model_empty', { detail: 'the reply is empty' })
  if (reply.isWhole) return 'stop'
  if (end === 'enough') return 'length'
  if (end !== 'broken') return end
  throw new AppError('model_interrupted', { detail: 'the stream has no end' })
}
