/**
 * Debian's Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) over a plain WebSocket: playwright drives only builds of
 * its own. As much as a smoke test needs.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface FirefoxTab {
  goto(url: string): Promise<void>
  /** What an expression gives in the page; only what JSON can hold. */
  evaluate(expression: string): Promise<unknown>
  /** Types into what has the focus; `\uE007` is Enter. */
  type(text: string): Promise<void>
}

export interface Firefox {
  openTab(): Promise<FirefoxTab>
  /** What went wrong in any page so far. */
  errors(): readonly string[]
  close(): Promise<void>
}

const PATHS = ['/usr/bin/firefox-esr', '/usr/bin/firefox']

/** Where Firefox is; null when this machine has none. */
export function findFirefox(): string | null {
  return PATHS.find((path) => existsSync(path)) ?? null
}

/**
 * Starts a Firefox with a profile of its own, which goes when it is closed.
 *
 * @param kept the folder of a profile that stays, so that another start goes on with it
 */
export async function startFirefox(path: string, kept?: string): Promise<Firefox> {
  const profile = kept ?? (await mkdtemp(join(tmpdir(), 'firefox-')))
  const child = spawn(
    path,
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile } },
  )
  const ended = once(child, 'exit')
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said)?.[1]
      if (found) resolve(found)
    })
    child.once('exit', () => reject(new Error(`Firefox did not start:\n${said}`)))
  })
  const errors: string[] = []
  const { send, close } = await connect(`${address}/session`, (method, params) => {
    if (method === 'log.entryAdded' && params['level'] === 'error') {
      errors.push(String(params['text']))
    }
  })
  await send('session.new', { capabilities: {} })
  await send('session.subscribe', { events: ['log.entryAdded'] })

  return {
    async openTab() {
      const { context } = await send('browsingContext.create', { type: 'tab' })
      return {
        async goto(url) {
          await send('browsingContext.navigate', { context, url, wait: 'complete' })
        },
        async evaluate(expression) {
          const { result, exceptionDetails } = await send('script.evaluate', {
            // As JSON, since BiDi has a notation of its own for values.
            expression: `Promise.resolve(${expression}).then((value) => JSON.stringify(value ?? null))`,
            target: { context },
            awaitPromise: true,
          })
          if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails))
          const value: unknown = JSON.parse(String(Reflect.get(Object(result), 'value')))
          return value
        },
        async type(text) {
          const actions = [...text].flatMap((value) => [
            { type: 'keyDown', value },
            { type: 'keyUp', value },
          ])
          await send('input.performActions', {
            context,
            actions: [{ type: 'key', id: 'keyboard', actions }],
          })
        },
      }
    },
    errors: () => errors,
    async close() {
      await send('browser.close', {})
      close()
      await ended
      if (!kept) await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

/** A WebSocket that sends commands and gives back their results. */
async function connect(
  address: string,
  onEvent: (method: string, params: Fields) => void,
): Promise<{ send(method: string, params: object): Promise<Fields>; close(): void }> {
  const socket = new WebSocket(address)
  await once(socket, 'open')
  const waiting = new Map<number, PromiseWithResolvers<Fields>>()
  let last = 0
  socket.addEventListener('message', ({ data }) => {
    // The browser's own messages, in the shape that the standard gives them.
    const message: { id?: number; method?: string; params?: Fields; result?: Fields } = JSON.parse(
      String(data),
    )
    if (message.id === undefined) return onEvent(message.method ?? '', message.params ?? {})
    const asked = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.result) asked?.resolve(message.result)
    else asked?.reject(new Error(`Firefox refused: ${String(data)}`))
  })
  return {
    send(method, params) {
      last += 1
      const asked = Promise.withResolvers<Fields>()
      waiting.set(last, asked)
      socket.send(JSON.stringify({ id: last, method, params }))
      return asked.promise
    },
    close: () => socket.close(),
  }
}
