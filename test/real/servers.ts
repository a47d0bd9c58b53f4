/** The real servers that the tests ask, and what a test wants to know of them. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstItem, property } from '../../src/model/json.ts'
import { listen } from '../support/listen.ts'
import { findModel, type Installed } from './install.ts'
import { type LlamaOptions, type LlamaServer, startLlamaServer } from './llama-server.ts'

/** Two that wait for each other are slow where other tests keep the cores busy. */
const THREADS = ['--threads', '1']
const MAKE_PIPE = 'import os, sys; os.mkfifo(sys.argv[1])'

/** One of a server's places for an answer. */
export interface Slot {
  readonly isBusy: boolean
  /** Tokens of the prompt and of the answer so far; kept after the answer's end, and 0 before the first. */
  readonly tokens: number
}

/** Starts a server for a test: one slot of 2,048 tokens. */
export function startForTest({ options = [], ...rest }: LlamaOptions = {}): LlamaServer {
  return startLlamaServer(requireModel(), { ...rest, options: [...THREADS, ...options] })
}

/** A server that listens and loads its model for ever: the model's file is a pipe that nobody writes to. */
export async function startLoading(): Promise<LlamaServer & { readonly url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'aplly-chat-pipe-'))
  const model = join(folder, 'pipe.gguf')
  execFileSync(requireModel().python, ['-c', MAKE_PIPE, model])
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

/** Asks `GET /slots` for the server's only slot. Throws when the server answers something else. */
export async function readSlot(url: string): Promise<Slot> {
  const slots: unknown = await (await fetch(`${url}/slots`)).json()
  const slot = firstItem(slots)
  const isBusy = property(slot, 'is_processing')
  const tokens = property(slot, 'n_prompt_tokens') ?? 0
  if (typeof isBusy !== 'boolean' || typeof tokens !== 'number') {
    throw new TypeError(`Cannot read the slot: ${JSON.stringify(slots)}`)
  }
  return { isBusy, tokens }
}

/** The installed model. Throws where there is none: then these tests are not part of the run. */
function requireModel(): Installed {
  const found = findModel()
  if (found.kind === 'missing') throw new Error(found.sentence)
  return found
}
