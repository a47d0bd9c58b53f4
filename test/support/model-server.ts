/**
 * A fake model server over real HTTP. It answers like Text Generation Inference at `/`, `/generate` and `/models/ID`, and
 * like an OpenAI-compatible server at `/v1/chat/completions` and `/v1/completions`; the shapes are those of
 * huggingface/text-generation-inference, `router/src/lib.rs` and `router/src/server.rs`.
 *
 * It counts words as tokens, and tells its usage in a stream to whoever asks by `stream_options`, as real servers do. With
 * `[fault:no-stream-options]` it refuses that field, and nothing else.
 *
 * The visitor's last message steers it: `[fault:NAME]` makes it misbehave, `[say:TEXT]` makes it say TEXT, `[count:N]` N words
 * that do not compress well, `[every:MS]` pauses after each streamed word, and
 * what `script.ts` writes makes it send any bytes at all. Otherwise it says how many messages it was given, which differs from
 * turn to turn. Every request is recorded; tests find theirs by a mark in the message, through `GET /requests?mark=…`, so that
 * tests in another process or runtime can ask too.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Listening, listen } from './listen.ts'
import type { ScriptedAnswer } from './script.ts'

/** One recorded request, as `GET /requests` lists it. */
export interface RecordedRequest {
  readonly path: string
  readonly authorization: string | null
  readonly body: string
  /** True once the client closed the connection before it had the whole answer. */
  readonly abandoned: boolean
  /** True while the answer is on its way. */
  readonly open: boolean
}

type Fault = (response: ServerResponse) => void

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Fault => {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** Writes the same for ever, as fast as it is read. */
function endless(response: ServerResponse, chunk: string): void {
  const pump = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', pump)
  }
  pump()
}

/** A body that names what must never reach a visitor. */
const LEAKY = {
  error: 'no: Bearer hf_leakedleakedleaked for user ada at http://10.0.0.7:8080/internal',
}

const FAULTS: Readonly<Record<string, Fault>> = {
  '400-unknown-model': json(400, {
    error: { message: "The requested model 'x' does not exist.", code: 'model_not_found' },
  }),
  '401': json(401, LEAKY),
  '402': json(402, LEAKY),
  '404': (response) => {
    response.writeHead(404, { 'Content-Type': 'text/plain' })
    response.end('Not Found')
  },
  '422': json(422, { error: 'Input validation error', error_type: 'validation' }),
  '429': json(429, LEAKY, { 'Retry-After': '7' }),
  '500': json(500, LEAKY),
  '502-html': (response) => {
    response.writeHead(502, { 'Content-Type': 'text/html' })
    response.end('<html><h1>Bad Gateway at http://10.0.0.7</h1></html>')
  },
  loading: json(503, { error: 'Model X is currently loading', estimated_time: 20 }),
  overloaded: json(503, ''),
  // What llama.cpp 11434 answers, word for word.
  'llama-loading': json(503, {
    error: { message: 'Loading model', type: 'unavailable_error', code: 503 },
  }),
  'llama-path': json(404, {
    error: { message: 'File Not Found', type: 'not_found_error', code: 404 },
  }),
  'llama-context': json(400, {
    error: {
      code: 400,
      message:
        'request (3031 tokens) exceeds the available context size (2048 tokens), try increasing it',
      type: 'exceed_context_size_error',
      n_prompt_tokens: 3031,
      n_ctx: 2048,
    },
  }),
  'error-in-200': json(200, { error: 'Model X is currently loading', estimated_time: 20 }),
  html: (response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' })
    response.end('<html><h1>Welcome</h1></html>')
  },
  'not-the-protocol': json(200, { hello: 'world' }),
  array: json(200, '[]'),
  null: json(200, 'null'),
  redirect: json(307, '', { Location: 'http://127.0.0.1:9/elsewhere' }),
  cut: (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '500' })
    response.write('{"generated_')
    setTimeout(() => response.destroy(), 20)
  },
  refuse: (response) => response.destroy(),
  huge: (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    const chunk = 'x'.repeat(64 * 1024)
    const pump = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', pump)
    }
    pump()
  },
  // Keep-alives for ever, but not a word.
  'only-comments': (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    const timer = setInterval(() => response.write(':\n\n'), 50)
    response.on('close', () => clearInterval(timer))
  },
  'drip-of-blanks': (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  },
  'endless-tokens': (response) =>
    endless(response, 'data: {"choices":[{"delta":{"content":"word "}}]}\n\n'.repeat(500)),
  'endless-reasoning': (response) =>
    endless(
      response,
      'data: {"choices":[{"delta":{"reasoning_content":"hm, let me think about that "}}]}\n\n'.repeat(
        500,
      ),
    ),
  'endless-empty-events': (response) =>
    endless(response, 'data: {"choices":[{"delta":{"content":""}}]}\n\n'.repeat(500)),
  'endless-comments': (response) => endless(response, ':\n\n'.repeat(5000)),
  'endless-line': (response) => endless(response, `data: ${'x'.repeat(64 * 1024)}`),
  'huge-error': (response) => {
    response.statusCode = 500
    endless(response, 'x'.repeat(64 * 1024))
  },
  hang: () => {},
  'hang-in-body': (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.write('{"gen')
  },
}

/** What a server says that knows no `stream_options` and takes no field that it does not know. */
const NO_STREAM_OPTIONS = json(400, {
  error: {
    message: 'Unrecognized request argument supplied: stream_options',
    type: 'invalid_request_error',
  },
})

/** Answers word for word as a test says, one after the other; the last one again and again. */
async function sendScript(
  script: readonly ScriptedAnswer[],
  key: string,
  response: ServerResponse,
): Promise<void> {
  const turn = scriptTurns.get(key) ?? 0
  scriptTurns.set(key, turn + 1)
  const answer = script[Math.min(turn, script.length - 1)]
  if (!answer) return
  response.writeHead(answer.status ?? 200, {
    'Content-Type': 'text/event-stream',
    ...answer.headers,
  })
  response.flushHeaders()
  for (const chunk of answer.chunks) {
    if (response.destroyed) return
    response.write(Buffer.from(chunk, 'latin1'))
    await sleep(answer.everyMs ?? 0)
  }
  if (answer.ends === 'reset') response.socket?.resetAndDestroy()
  else if (answer.ends !== 'hang') response.end()
}
const scriptTurns = new Map<string, number>()

/** Starts the server on a free port of the loopback interface. */
export async function startModelServer(): Promise<Listening> {
  const records: { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] }[] = []
  return listen(
    createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://model')
      if (request.method === 'GET') {
        const mark = url.searchParams.get('mark') ?? ''
        json(
          200,
          records.filter(({ body }) => body.includes(mark)),
        )(response)
        return
      }
      const body = await read(request)
      const record = {
        path: url.pathname,
        authorization: request.headers.authorization ?? null,
        body,
        abandoned: false,
        open: true,
      }
      records.push(record)
      response.on('close', () => {
        record.abandoned = !response.writableFinished
        record.open = false
      })
      answer(url.pathname, JSON.parse(body), response)
    }),
  )
}

interface ModelRequest {
  readonly model?: string
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly inputs?: string
  readonly prompt?: string
  readonly stream?: boolean
  readonly messages?: readonly { readonly role: string; readonly content: string }[]
  readonly parameters?: { readonly stop?: readonly string[] }
}

function answer(path: string, body: ModelRequest, response: ServerResponse): void {
  const prompt = body.inputs ?? body.prompt ?? ''
  const users = body.messages
    ? body.messages.filter(({ role }) => role === 'user').map(({ content }) => content)
    : prompt.split('### User:\n').slice(1)
  const message = users.at(-1) ?? ''
  const [key, script] = /\[script:([\w+/=]+)\] [\w-]{36}/.exec(message) ?? []
  if (key && script) {
    void sendScript(JSON.parse(Buffer.from(script, 'base64').toString()), key, response)
    return
  }
  const name = /\[fault:([\w-]+)\]/.exec(message)?.[1] ?? ''
  const refuses = name === 'no-stream-options' && body.stream_options
  const fault = refuses ? NO_STREAM_OPTIONS : FAULTS[name]
  if (fault) {
    fault(response)
    return
  }
  const said = /\[say:([\s\S]*?)\]/.exec(message)?.[1]
  const count = Number(/\[count:(\d+)\]/.exec(message)?.[1] ?? 0)
  const reply = said ?? (count > 0 ? countWords(count) : `Reply to ${users.length} of yours.`)
  const everyMs = Number(/\[every:(\d+)\]/.exec(message)?.[1] ?? 0)
  const streams = body.stream === true || path === '/generate_stream'
  if (streams) {
    const events = toEvents(path, reply, body)
    void sendScript([{ chunks: events.map(toLatin1), everyMs }], '', response)
  } else if (path === '/v1/chat/completions') json(200, chatCompletion(reply, body))(response)
  else if (path === '/v1/completions') json(200, textCompletion(reply, body))(response)
  else if (path === '/generate') json(200, { generated_text: reply })(response)
  // As the server does at its root: the prompt echoed, the stop text kept.
  else json(200, [{ generated_text: `${prompt}${reply}\n### User:` }])(response)
}

/** Words that all differ, the same on every run. */
function countWords(count: number): string {
  const words = Array.from({ length: count }, (_, i) =>
    (Math.imul(i + 1, 2_654_435_761) >>> 0).toString(36),
  )
  return words.join(' ')
}

/** A reply word by word, as the server of this path streams it. */
function toEvents(path: string, reply: string, body: ModelRequest): string[] {
  const words = reply.match(/\s*\S+|\s+$/g) ?? []
  const frame = (data: object, blank = ' ') => `data:${blank}${JSON.stringify(data)}\n\n`
  if (!path.startsWith('/v1/')) {
    const token = (text: string, end: object) =>
      frame(
        {
          index: 1,
          token: { id: 1, text, logprob: 0, special: 'details' in end },
          generated_text: null,
          ...end,
        },
        '',
      )
    const details = {
      finish_reason: 'eos_token',
      generated_tokens: words.length,
      seed: null,
      input_length: usageOf(reply, body).prompt_tokens,
    }
    return [
      ...words.map((text) => token(text, {})),
      token('</s>', { generated_text: reply, details }),
    ]
  }
  const isChat = path === '/v1/chat/completions'
  const object = isChat ? 'chat.completion.chunk' : 'text_completion'
  const asked = body.stream_options?.include_usage === true
  const chunk = (choices: readonly object[], usage: object | null) =>
    frame({ object, ...namesOf(body), choices, ...(asked && { usage }) })
  const choice = (text: string | null, finish_reason: string | null) => {
    const said = isChat
      ? { delta: text === null ? {} : { role: 'assistant', content: text } }
      : { text: text ?? '' }
    return chunk([{ index: 0, ...said, finish_reason }], null)
  }
  const usage = asked ? [chunk([], usageOf(reply, body))] : []
  const end = [choice(null, 'stop'), ...usage, 'data: [DONE]\n\n']
  return [...words.map((text) => choice(text, null)), ...end]
}

function namesOf({ model = 'm' }: ModelRequest) {
  return { id: '', created: 1, model }
}

/** A word is a token. */
function usageOf(reply: string, { messages = [], prompt, inputs }: ModelRequest) {
  const count = (text: string) => text.match(/\S+/g)?.length ?? 0
  const asked = prompt ?? inputs ?? messages.map(({ content }) => content).join(' ')
  const [prompt_tokens, completion_tokens] = [count(asked), count(reply)]
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

/** `sendScript` writes a byte for every character. */
function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function chatCompletion(content: string, body: ModelRequest): object {
  const message = { role: 'assistant', content }
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }]
  return { object: 'chat.completion', ...namesOf(body), choices, usage: usageOf(content, body) }
}

function textCompletion(text: string, body: ModelRequest): object {
  const choices = [{ index: 0, text, finish_reason: 'stop' }]
  return { object: 'text_completion', ...namesOf(body), choices, usage: usageOf(text, body) }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
