/**
 * CPU time of rendering Markdown that is slow to read, at 64,000 characters: whole, and streamed by
 * characters with the blocks taken after every 1, 7 and 100. Prints the slowest patterns.
 * Arguments: how many patterns (300), and the seed (1).
 */

import { renderMarkdown } from '../../src/markdown/markdown.ts'
import { createMarkdownStream } from '../../src/markdown/stream.ts'
import { repeat, SLOW_PATTERNS, slowTexts } from '../support/slow-markdown.ts'

const CHARS = 64_000
const SHOWN = 5
/** The first run of a pattern also pays for compiling what reads it. */
const RUNS = 3

const [count = '300', seed = '1'] = process.argv.slice(2)
const texts = [
  ...SLOW_PATTERNS.map((pattern) => repeat(pattern, CHARS)),
  ...slowTexts(Number(seed), Number(count), CHARS),
]

function stream(reply: string, takeEvery: number): void {
  const markdown = createMarkdownStream()
  for (const [i, char] of [...reply].entries()) {
    markdown.push(char)
    if (i % takeEvery === 0) markdown.take()
  }
  markdown.finish(reply.trim())
}

function cpuMs(run: () => void): number {
  const runs = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return Math.min(...runs)
}

function report(title: string, render: (text: string) => void): void {
  const times = texts.map((text) => ({ ms: cpuMs(() => render(text)), text }))
  times.sort((a, b) => b.ms - a.ms)
  console.log(`${title}: ${times.length} patterns`)
  for (const { ms, text } of times.slice(0, SHOWN)) {
    console.log(`${ms.toFixed(0).padStart(6)} ms  ${JSON.stringify(text.slice(0, 60))}`)
  }
}

report('whole', renderMarkdown)
for (const every of [1, 7, 100]) {
  report(`streamed, taken after every ${every}`, (text) => stream(text, every))
}
