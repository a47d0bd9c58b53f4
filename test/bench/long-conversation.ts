/**
 * What a turn costs late in a conversation, against early: thousands of turns of realistic text, some of them code and some huge, with
 * the Node app as its users start it and a visitor whose browser drops cookies that are too long. The model server answers at once, so
 * that nearly all time is the app's. Prints medians in milliseconds and their ratios, what the store was asked, and the longest cookie.
 *
 * How many turns: `npm run bench:long -- 5000`.
 */

import { createServer } from 'node:http'
import { listen } from '../support/listen.ts'
import { prose } from '../support/prose.ts'
import { type StartedApp, startOnNode } from '../support/start.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const TURNS = Number(process.argv[2] ?? 5000)
/** Turns around these are measured, so many of them. */
const POINTS = [5, 500, 5000].filter((point) => point <= TURNS)
const AROUND = 100
/** Every so many turns, one is huge, and one is code. */
const HUGE_EVERY = 97
const CODE_EVERY = 7

const model = await listen(
  createServer((request, response) => {
    request.resume().on('end', () => {
      const message = { role: 'assistant', content: prose(Math.random() * 1e6, 700) }
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }))
    })
  }),
)

function messageOf(i: number): string {
  if (i % HUGE_EVERY === HUGE_EVERY - 1) return `Paste ${i}: ${prose(i, 20_000)}`
  if (i % CODE_EVERY !== CODE_EVERY - 1) return `Question ${i}? ${prose(i, 350)}`
  const lines = Array.from(
    { length: 25 },
    (_, n) => `  const ${prose(i + n, 9).split(' ')[0]}${n} = await load(${i}, '${n}')`,
  )
  return `Why does this fail?\n\`\`\`ts\n${lines.join('\n')}\n\`\`\``
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await action()
  return performance.now() - started
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function medianOf(times: number, action: () => Promise<unknown>): Promise<number> {
  const all: number[] = []
  for (let i = 0; i < times; i++) all.push(await timed(action))
  return median(all)
}

interface Figures {
  readonly turnMs: number
  readonly pageMs: number
  readonly historyMs: number
}

const settings = { HF_MODEL_URL: `${model.url}/v1`, LOG_LEVEL: 'warn' }
const app: StartedApp = await startOnNode(settings)
const visitor = createVisitor(app.url)
let longestCookie = 0

async function say(to: Visitor, i: number): Promise<number> {
  const ms = await timed(() => to.say(messageOf(i)))
  longestCookie = Math.max(longestCookie, to.cookie().length)
  return ms
}

/** Turns of a conversation that is `point` turns old, by turns with those of new ones, so that both find the machine alike. */
async function measure(point: number, turn: number): Promise<{ at: Figures; fresh: number }> {
  const late: number[] = []
  const early: number[] = []
  for (let n = 0; n < AROUND; n++) {
    late.push(await say(visitor, turn + n))
    const other = createVisitor(app.url)
    for (let i = 0; i < 5; i++) await say(other, turn + n + i)
    early.push(await say(other, turn + n))
  }
  console.log(`at turn ${point}: ${app.logs().split('\n').length} lines of warnings`)
  return {
    at: {
      turnMs: median(late),
      pageMs: await medianOf(20, () => visitor.page()),
      historyMs: await medianOf(5, () => visitor.history()),
    },
    fresh: median(early),
  }
}

let turn = 0
for (; turn < 300; turn++) await say(createVisitor(app.url), turn)
turn = 0
for (const point of POINTS) {
  for (; turn < point; turn++) await say(visitor, turn)
  const { at, fresh } = await measure(point, turn)
  turn += AROUND
  const ratio = (at.turnMs / fresh).toFixed(2)
  console.log(
    `turn ${point}: ${at.turnMs.toFixed(2)} ms, a new conversation's sixth ${fresh.toFixed(2)} ms, ratio ${ratio}; ` +
      `page ${at.pageMs.toFixed(1)} ms, history ${at.historyMs.toFixed(1)} ms`,
  )
}
const { turns, forgotten, unreadable = 0 } = await visitor.history()
console.log(
  `${turns.length / 2} of ${turn} turns in the history, ${forgotten} messages forgotten, ${unreadable} turns unreadable; ` +
    `longest cookie ${longestCookie} bytes`,
)
await app.close()
await model.close()
