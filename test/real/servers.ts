/** The real servers that the tests ask, and what a test wants to know of them. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen } from '../support/listen.ts'
import { findModel, type Installed } from './install.ts'
import { type LlamaOptions, type LlamaServer, startLlamaServer } from './llama-server.ts'

/** Two that wait for each other are slow where other tests keep the cores busy. */
const THREADS = ['--threads', '1']

/** What llama.cpp tells of one of its slots, as far as the tests look at it. */
export interface Slot {
  readonly is_processing: boolean
  /** Tokens of the prompt and of the answer so far; also after the answer's end. */
  readonly n_prompt_tokens: number
}

/** The installed model. Throws where there is none: then these tests are not part of the run. */
export function requireModel(): Installed {
  const found = findModel()
  if (found.kind === 'missing') throw new Error(found.sentence)
  return found
}

/** Starts a server for a test: one slot of 2,048 tokens. */
export function startForTest({ options = [], ...rest }: LlamaOptions = {}): LlamaServer {
  return startLlamaServer(requireModel(), { ...rest, options: [...THREADS, ...options] })
}

/** A server that listens and loads its model for ever: the model's file is a pipe that nobody writes to. */
export async function startLoading(): Promise<LlamaServer & { readonly url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'aplly-chat-pipe-'))
  const model = join(folder, 'pipe.gguf')
  execFileSync('mkfifo', [model])
  const probe = await listen(createServer())
  await probe.close()
  const server = startForTest({ model, port: Number(new URL(probe.url).port) })
  return {
    ...server,
    url: probe.url,
    async close() {
      await server.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Asks for the server's only slot. */
export async function readSlot(url: string): Promise<Slot> {
  const slots: unknown = await (await fetch(`${url}/slots`)).json()
  const slot: unknown = Array.isArray(slots) ? slots[0] : undefined
  if (!isSlot(slot)) throw new Error(`Cannot read the slot: ${JSON.stringify(slots)}`)
  return slot
}

function isSlot(value: unknown): value is Slot {
  return (
    typeof value === 'object' &&
    value !== null &&
    'is_processing' in value &&
    typeof value.is_processing === 'boolean' &&
    'n_prompt_tokens' in value &&
    typeof value.n_prompt_tokens === 'number'
  )
}
