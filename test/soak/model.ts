/** A model server over real sockets that does with each message what its plan says, and knows which of its answers are open. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Listening, listen } from '../support/listen.ts'
import type { Plan } from './plan.ts'
import type { Report } from './report.ts'

export interface SoakModel extends Listening {
  /** Says what a message that begins with the plan's mark is answered. */
  expect(plan: Plan): void
  /** Says that the visitor of a message has left. */
  left(mark: string): void
  /** Answers that are not over yet. */
  open(): number
  /** Milliseconds that the longest of them has been open. */
  oldestMs(): number
  /** How long after visitors had left their answers were closed, in milliseconds. */
  readonly closedAfterMs: readonly number[]
}

/** More than visitors have under way at once. */
const MAX_PLANS = 1000

/** @param markPattern finds a mark, and in its first group whose it is */
export async function startSoakModel(report: Report, markPattern: RegExp): Promise<SoakModel> {
  const plans = new Map<string, Plan>()
  const refused = new Set<string>()
  const open = new Map<ServerResponse, { readonly mark: string; readonly sinceMs: number }>()
  const leftAtMs = new Map<string, number>()
  const closedAfterMs: number[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { messages, stream } = parseRequest(await read(request))
    const [mark = '', owner] = markPattern.exec(messages.at(-1) ?? '') ?? []
    const strange = messages.find((message) => markPattern.exec(message)?.[1] !== owner)
    if (strange !== undefined) report.fails('a prompt holds the words of another visitor')
    const plan = plans.get(mark)
    if (!plan) {
      report.fails('a prompt does not end with a message that was sent')
      response.writeHead(500).end()
      return
    }
    report.counts('asked of the model')
    open.set(response, { mark, sinceMs: Date.now() })
    response.on('close', () => {
      open.delete(response)
      const atMs = leftAtMs.get(mark)
      if (atMs !== undefined) closedAfterMs.push(Date.now() - atMs)
    })
    const isFirst = !refused.has(mark)
    refused.add(mark)
    if (isFirst) report.counts(`model: ${plan.behaviour}`)
    await perform(plan, isFirst, stream, response)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // The app may leave at any moment; everything else is a mistake in here.
      if (!request.destroyed && !response.destroyed) report.fails(`the model server: ${error}`)
    })
  })
  const listening = await listen(server)
  return {
    ...listening,
    expect(plan) {
      plans.set(plan.mark, plan)
      const [oldest] = plans.keys()
      if (plans.size <= MAX_PLANS || oldest === undefined) return
      plans.delete(oldest)
      refused.delete(oldest)
      leftAtMs.delete(oldest)
    },
    left(mark) {
      if ([...open.values()].some((one) => one.mark === mark)) leftAtMs.set(mark, Date.now())
    },
    open: () => open.size,
    oldestMs: () =>
      Math.max(0, ...Array.from(open.values(), ({ sinceMs }) => Date.now() - sinceMs)),
    closedAfterMs,
  }
}

async function perform(
  plan: Plan,
  isFirst: boolean,
  stream: boolean,
  response: ServerResponse,
): Promise<void> {
  const { behaviour, mark, status } = plan
  if (behaviour === 'hangs before headers') return
  if (behaviour === 'refuses' || (behaviour === 'refuses once' && isFirst)) {
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(toError(mark))
    return
  }
  response.writeHead(200, { 'Content-Type': stream ? 'text/event-stream' : 'application/json' })
  response.flushHeaders()
  if (behaviour === 'hangs before the first word') return
  if (stream) await speak(plan, response)
  else sayWhole(plan, response)
}

async function speak(plan: Plan, response: ServerResponse): Promise<void> {
  const { behaviour, pieces, everyMs, breaksAfter, lastWords, mark } = plan
  if (behaviour === 'says all at once') {
    response.end(pieces.map(toFrame).join('') + END)
    return
  }
  const drips = behaviour !== 'pours'
  const breaks = behaviour !== 'drips' && drips && behaviour !== 'refuses once'
  const whole = breaks ? pieces.slice(0, breaksAfter) : pieces
  const atOnce = drips ? 1 : 50
  for (let i = 0; i < whole.length && !response.destroyed; i += atOnce) {
    await sleep(drips ? everyMs : 1)
    response.write(
      whole
        .slice(i, i + atOnce)
        .map(toFrame)
        .join(''),
    )
  }
  if (!breaks) response.end(END)
  if (!breaks || behaviour === 'hangs in mid-stream') return
  const words = lastWords.map(toFrame).join('')
  await sleep(everyMs)
  if (behaviour === 'error in the chunk of a word') {
    response.end(`${words}data: ${toError(mark)}\n\n`)
  } else if (behaviour === 'end in the chunk of a word') response.end(words)
  else response.write(words, () => response.socket?.resetAndDestroy())
}

/** For a visitor who does not want a stream. */
function sayWhole({ behaviour, text, mark }: Plan, response: ServerResponse): void {
  const message = { role: 'assistant', content: text }
  const body = JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] })
  if (behaviour === 'error in the chunk of a word') response.end(toError(mark))
  else if (behaviour === 'end in the chunk of a word') response.end(body.slice(0, -9))
  else if (behaviour === 'reset in the chunk of a word') {
    response.write(body.slice(0, -9), () => response.socket?.resetAndDestroy())
  } else if (behaviour === 'hangs in mid-stream') response.write(body.slice(0, 30))
  else response.end(body)
}

const END = `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`

function toFrame(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
}

/** Some servers repeat in their errors what they were sent. */
function toError(mark: string): string {
  return JSON.stringify({ error: { message: `cannot answer to "${mark}" now`, code: 500 } })
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

/** What was said, oldest first, without what the system says. */
function parseRequest(body: string): {
  readonly messages: readonly string[]
  readonly stream: boolean
} {
  const {
    messages,
    stream,
  }: {
    messages: readonly { role: string; content: string }[]
    stream: boolean
  } = JSON.parse(body)
  const said = messages.filter(({ role }) => role !== 'system')
  return { messages: said.map(({ content }) => content), stream }
}
