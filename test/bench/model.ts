/**
 * The model server of the benchmarks, a process of its own, with fixed timing. The address says
 * what it does:
 *
 *     /piece/v1/chat/completions       the reply in one piece, at once
 *     /prose/v1/chat/completions       another reply each time, in one piece, at once
 *     /every/20/v1/chat/completions    the reply as events, one every 20 ms, each in its own write
 *     /clock/20/v1/chat/completions    the same, and each token is the time at which it was written
 *     /idle/v1/chat/completions        one token, and then nothing for as long as the reader stays
 *
 * A request that wants no stream gets the reply in one piece wherever it goes. Prints its address.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../support/listen.ts'
import { prose } from '../support/prose.ts'

const TOKENS = 200

/** Prose, a list and code, as models write them: some 800 characters. */
const REPLY = [
  `## ${prose(1, 30)}`,
  prose(2, 200),
  `- ${prose(3, 60)}\n- **${prose(4, 40)}** ${prose(5, 80)}`,
  `\`\`\`js\nfor (const word of words) console.log(word, 1 + 2) // ${prose(6, 40)}\n\`\`\``,
  prose(7, 300),
].join('\n\n')
const PIECES = Array.from({ length: TOKENS }, (_, i) => REPLY.slice(at(i), at(i + 1)))
const USAGE = { prompt_tokens: 100, completion_tokens: TOKENS, total_tokens: 100 + TOKENS }
const BASE = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'bench/model' }
/** Of a stream of clocks, whose latencies are read one by one. */
export const CLOCKS = 250
/** Of a reply that is another each time. */
const PROSE_CHARS = 700
let proses = 0

function at(piece: number): number {
  return Math.round((piece * REPLY.length) / TOKENS)
}

function eventOf(content: string, finish: string | null = null): string {
  const choices = [{ index: 0, delta: { content }, finish_reason: finish }]
  return `data: ${JSON.stringify({ ...BASE, choices })}\n\n`
}

function answerInOnePiece(response: ServerResponse, content = REPLY): void {
  const message = { role: 'assistant', content }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ ...BASE, choices, usage: USAGE }))
}

/** A timer that comes late is made up for: the whole takes as long as it should. */
async function stream(
  response: ServerResponse,
  count: number,
  everyMs: number,
  pieceOf: (i: number) => string,
): Promise<void> {
  const startedAt = performance.now()
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  for (let i = 0; i < count && !response.destroyed; i++) {
    response.write(eventOf(pieceOf(i)))
    await sleep(Math.max(0, startedAt + (i + 1) * everyMs - performance.now()))
  }
  response.write(eventOf('', 'stop'))
  response.write(`data: ${JSON.stringify({ ...BASE, choices: [], usage: USAGE })}\n\n`)
  response.end('data: [DONE]\n\n')
}

function answer({ url = '' }: IncomingMessage, response: ServerResponse, body: string): void {
  const [, kind, every] = url.split('/')
  if (kind === 'prose') {
    proses += 1
    answerInOnePiece(response, prose(1000 + proses, PROSE_CHARS))
    return
  }
  if (kind === 'piece' || !body.includes('"stream":true')) {
    answerInOnePiece(response)
    return
  }
  if (kind === 'idle') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write(eventOf('Hm'))
    return
  }
  const clock = () => `<${(performance.timeOrigin + performance.now()).toFixed(3)}> `
  void (kind === 'clock'
    ? stream(response, CLOCKS, Number(every), clock)
    : stream(response, TOKENS, Number(every), (i) => PIECES[i] ?? ''))
}

if (import.meta.main) {
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    response.socket?.setNoDelay(true)
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => {
      body += text
    })
    request.on('end', () => answer(request, response, body))
  })
  console.log(`listening at ${(await listen(server)).url}`)
  process.on('disconnect', () => process.exit())
}
