/**
 * What the app adds between a model server's token and the visitor's: the same stream of tokens read directly and through the app,
 * one after the other in one run. Each token carries the time at which it was written. Prints medians in milliseconds.
 */

import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../support/listen.ts'
import { type StartedApp, startOnNode, startOnWorkers } from '../support/start.ts'

const TOKENS = 1000
const EVERY_MS = 2

const model = await listen(
  createServer(async (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    for (let i = 0; i < TOKENS; i++) {
      const delta = { content: `<${performance.now()}> ` }
      response.write(`data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`)
      await sleep(EVERY_MS)
    }
    response.end('data: [DONE]\n\n')
  }),
)

/** Reads a stream and gives back how old each token was when it came, in milliseconds, sorted. */
async function agesOf(url: string): Promise<number[]> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
    body: JSON.stringify({ message: 'Go', html: true }),
  })
  const ages: number[] = []
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    const now = performance.now()
    text += decoder.decode(chunk, { stream: true })
    const tokens = [...text.matchAll(/event: done|<([\d.]+)>/g)]
    if (tokens.some(([whole]) => whole === 'event: done')) break
    for (const [, writtenAt] of tokens) ages.push(now - Number(writtenAt))
    text = text.slice((tokens.at(-1)?.index ?? -2) + 2).replace(/^[^<]*>/, '')
  }
  return ages.sort((a, b) => a - b)
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const settings = { HF_MODEL_URL: `${model.url}/v1`, LOG_LEVEL: 'off' }
const apps: [string, StartedApp][] = [
  ['Node', await startOnNode(settings)],
  ['wrangler dev', await startOnWorkers(settings)],
]
for (const [name, app] of apps) {
  for (let run = 1; run <= 3; run++) {
    const direct = await agesOf(model.url)
    const through = await agesOf(`${app.url}/chat`)
    const added = median(through) - median(direct)
    console.log(
      `${name}, run ${run}: direct ${median(direct).toFixed(3)} ms (${direct.length}), through the app ` +
        `${median(through).toFixed(3)} ms (${through.length}), added ${added.toFixed(3)} ms`,
    )
  }
  await app.close()
}
await model.close()
