/**
 * What a turn costs late in a conversation, against early: thousands of turns of realistic text, some of them code and some huge, with
 * the Node app as its users start it and a visitor whose browser drops cookies that are too long. The model server answers at once, so
 * that nearly all time is the app's. Prints times in milliseconds and their ratios, the writes to the
 * store, and the longest cookie.
 *
 * How many turns: `npm run bench:long -- 5000`.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { listen } from '../support/listen.ts'
import { prose } from '../support/prose.ts'
import { startOnNode } from '../support/start.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const TURNS = Number(process.argv[2] ?? 5000)
/** So many turns from these on are measured. */
const POINTS = [5, 500, 5000].filter((point) => point <= TURNS)
const AROUND = 200
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

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

async function medianOf(times: number, action: () => Promise<unknown>): Promise<number> {
  const all: number[] = []
  for (let i = 0; i < times; i++) all.push(await timed(action))
  return median(all)
}

interface Figures {
  readonly late: readonly number[]
  readonly early: readonly number[]
  readonly pageMs: number
  readonly historyMs: number
}

const folder = await mkdtemp(join(tmpdir(), 'aplly-bench-'))
const file = join(folder, 'history.sqlite')
const settings = { HF_MODEL_URL: `${model.url}/v1`, LOG_LEVEL: 'warn', DATABASE_PATH: file }
const app = await startOnNode(settings)
const visitor = createVisitor(app.url)
let longestCookie = 0

async function say(to: Visitor, i: number): Promise<number> {
  const ms = await timed(() => to.say(messageOf(i)))
  longestCookie = Math.max(longestCookie, to.cookie().length)
  return ms
}

/** Late turns, each beside an early one of a young conversation, its 6th to 15th: so both find the machine alike. */
async function measure(turn: number): Promise<Figures> {
  const late: number[] = []
  const early: number[] = []
  let young = visitor
  for (let n = 0; n < AROUND; n++) {
    if (n % 10 === 0) {
      young = createVisitor(app.url)
      for (let i = 0; i < 5; i++) await say(young, turn + i)
    }
    late.push(await say(visitor, turn + n))
    early.push(await say(young, turn + n))
  }
  return {
    late,
    early,
    pageMs: await medianOf(20, () => visitor.page()),
    historyMs: await medianOf(5, () => visitor.history()),
  }
}

let turn = 0
for (; turn < 300; turn++) await say(createVisitor(app.url), turn)
turn = 0
for (const point of POINTS) {
  for (; turn < point; turn++) await say(visitor, turn)
  const { late, early, pageMs, historyMs } = await measure(turn)
  turn += AROUND
  const compare = (of: (values: readonly number[]) => number) =>
    `${of(late).toFixed(2)} ms against ${of(early).toFixed(2)} ms (${(of(late) / of(early)).toFixed(2)})`
  console.log(
    `turn ${point} against turn 5: median ${compare(median)}, mean ${compare(mean)}; ` +
      `page ${pageMs.toFixed(1)} ms, history ${historyMs.toFixed(1)} ms`,
  )
}
const { turns, forgotten, unreadable = 0 } = await visitor.history()
console.log(
  `${turns.length / 2} of ${turn} turns in the history, ${forgotten} messages forgotten, ${unreadable} turns unreadable; ` +
    `longest cookie ${longestCookie} bytes`,
)
const database = new DatabaseSync(file, { readOnly: true })
const counted = database
  .prepare('SELECT count(*) AS parts FROM parts GROUP BY conversation ORDER BY parts DESC LIMIT 1')
  .get()
const writes = Number(counted?.['parts'])
console.log(`${writes} writes to the store, ${(writes / turn).toFixed(2)} a turn`)
console.log(`warnings: ${app.logs().match(/"level":"(?:warn|error)"/g)?.length ?? 0}`)
database.close()
await app.close()
await model.close()
await rm(folder, { recursive: true })
