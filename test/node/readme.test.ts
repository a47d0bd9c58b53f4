import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { listen } from '../support/listen.ts'
import { startOnNode } from '../support/start.ts'
import { createVisitor } from '../support/visitor.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text)

/** The one block of commands that holds a text. */
function blockWith(text: string): string {
  const found = blocks.filter((block) => block.includes(text))
  expect(found, text).toHaveLength(1)
  return found[0] ?? ''
}

describe("README's lines", () => {
  it('for Ollama answer with a server that knows its own models only', async () => {
    const ollama = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      request.on('end', () => {
        const { model }: { model: string } = JSON.parse(text)
        const known = request.url === '/v1/chat/completions' && model === 'llama3.2'
        response.writeHead(known ? 200 : 404, { 'Content-Type': 'application/json' })
        // Ollama, openai/openai.go: the shapes of an answer and of an error.
        const message = { role: 'assistant', content: 'Hello from Ollama.' }
        const answer = known
          ? {
              object: 'chat.completion',
              model,
              choices: [{ index: 0, message, finish_reason: 'stop' }],
            }
          : {
              error: {
                message: `model '${model}' not found`,
                type: 'not_found_error',
                param: null,
                code: null,
              },
            }
        response.end(JSON.stringify(answer))
      })
    })
    const server = await listen(ollama)
    const lines =
      blockWith(':11434')
        .split(/^# /m)
        .find((part) => part.includes(':11434')) ?? ''
    const given = parseEnv(lines.slice(lines.indexOf('\n')))
    expect(Object.keys(given).sort()).toEqual(['HF_MODEL', 'HF_MODEL_URL'])
    const app = await startOnNode({
      HF_MODEL: given['HF_MODEL'] ?? '',
      HF_MODEL_URL: (given['HF_MODEL_URL'] ?? '').replace('http://127.0.0.1:11434', server.url),
    })
    try {
      expect(await createVisitor(app.url).say('Hi')).toBe('Hello from Ollama.')
    } finally {
      await app.close()
      await server.close()
    }
  })

  it.skipIf(!existsSync('/usr/bin/curl'))('for curl stream a turn and are remembered', async () => {
    const app = await startOnNode({ HF_MODEL_URL: `${inject('modelServer')}/v1` })
    const folder = await mkdtemp(join(tmpdir(), 'aplly-chat-'))
    const run = (commands: string) =>
      execFileSync('sh', ['-ec', commands], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    try {
      const output = run(blockWith('curl -N').replaceAll('http://localhost:8787', app.url))
      expect(output).toContain('event: done')
      expect(output).toContain('{"status":"saved"}')
      const history = run(`curl -b jar ${app.url}/history`)
      expect(JSON.parse(history)).toMatchObject({ turns: { length: 2 } })
    } finally {
      await app.close()
      await rm(folder, { recursive: true })
    }
  })
})
