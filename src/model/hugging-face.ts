/**
 * The one network client for all Hugging Face protocols: one POST, one deadline, bounded bodies, no redirects.
 * The protocols are pure and stand beside it; what a refusal means is decided in `upstream-error.ts`.
 */

import type { ProtocolName } from '../endpoint.ts'
import { AppError } from '../errors.ts'
import type { Message } from '../message.ts'
import { readBytes } from '../read-bytes.ts'
import type { ModelSettings } from '../settings.ts'
import type { AnswerOptions, Model } from './model.ts'
import { chat } from './protocols/chat.ts'
import { completion } from './protocols/completion.ts'
import type { Protocol } from './protocols/protocol.ts'
import { textGeneration } from './protocols/text-generation.ts'
import { isErrorBody, toModelError } from './upstream-error.ts'

/** A reply of 200 tokens is about 1 KB; whatever is a thousand times larger is no reply. */
const MAX_BODY_BYTES = 1024 * 1024

const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  chat,
  completion,
  'text-generation': textGeneration,
}

/** Connects a Hugging Face router, endpoint, TGI, vLLM, llama.cpp or Ollama server as the app's model. */
export function createHuggingFaceModel(settings: ModelSettings): Model {
  const protocol = PROTOCOLS[settings.endpoint.protocol]
  return {
    async *answer(messages: readonly Message[], { signal }: AnswerOptions) {
      const deadline = AbortSignal.timeout(settings.timeoutMs)
      try {
        const request = protocol.buildRequest(messages, settings)
        const body = await post(settings, request, AbortSignal.any([signal, deadline]))
        const reply = protocol.parseReply(body, messages)
        if (reply === null)
          throw new AppError('model_bad_response', { detail: 'no reply in the body' })
        if (reply === '') throw new AppError('model_empty', { detail: 'the reply is empty' })
        yield reply
      } catch (error) {
        throw explain(error, signal, deadline, settings.timeoutMs)
      }
    },
  }
}

/** Tells the visitor's leaving, our deadline and the network's failure apart: `fetch` reports all three as a rejection. */
function explain(
  error: unknown,
  visitor: AbortSignal,
  deadline: AbortSignal,
  timeoutMs: number,
): unknown {
  if (error instanceof AppError) return error
  if (visitor.aborted) return visitor.reason
  if (deadline.aborted)
    return new AppError('model_timeout', {
      detail: `no answer within ${timeoutMs} ms`,
      cause: error,
    })
  return new AppError('model_unreachable', { detail: String(rootCause(error)), cause: error })
}

function rootCause(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootCause(error.cause) : error
}

async function post(settings: ModelSettings, body: unknown, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(settings.endpoint.url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      ...(settings.token === '' ? {} : { Authorization: `Bearer ${settings.token}` }),
    },
    body: JSON.stringify(body),
    // Followed, a redirect would carry the prompt to another host. `error` throws on Workers, so we look at the status.
    redirect: 'manual',
    signal,
  })
  const parsed = parseJson(await readText(response))
  if (!response.ok) throw toModelError(response.status, response.headers, parsed)
  if (typeof parsed === 'string') {
    throw new AppError('model_bad_response', { detail: 'the body is not JSON' })
  }
  if (isErrorBody(parsed)) throw toModelError(response.status, response.headers, parsed)
  return parsed
}

async function readText(response: Response): Promise<string> {
  const bytes = await readBytes(response.body, MAX_BODY_BYTES)
  if (!bytes) throw new AppError('model_bad_response', { detail: `over ${MAX_BODY_BYTES} bytes` })
  return new TextDecoder().decode(bytes)
}

/** The parsed body, or the raw text when it is no JSON. A JSON string is no answer either, so the two need no telling apart. */
function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text)
    return parsed
  } catch {
    return text
  }
}
