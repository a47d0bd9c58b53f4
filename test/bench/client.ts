/**
 * The visitors of a benchmark: plain requests over kept connections, so that they cost little
 * themselves.
 */

import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'

export interface Answer {
  readonly status: number
  /** `name=value` of the cookie that it sets; empty when none. */
  readonly cookie: string
  readonly text: string
}

export interface Client {
  send(path: string, options?: SendOptions): Promise<Answer>
  /** The answer as soon as its headers are there. */
  open(path: string, options?: SendOptions): Promise<IncomingMessage>
  close(): void
}

export interface SendOptions {
  /** Sent as JSON, by POST. */
  readonly body?: object
  readonly cookie?: string
  readonly accept?: string
}

export function createClient(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

  function open(path: string, { body, cookie, accept }: SendOptions = {}) {
    const json = body && JSON.stringify(body)
    return new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(
        url + path,
        {
          agent,
          method: json ? 'POST' : 'GET',
          headers: {
            Accept: accept ?? '*/*',
            ...(cookie && { Cookie: cookie }),
            ...(json && {
              'Content-Type': 'application/json',
              'Content-Length': Buffer.byteLength(json),
            }),
          },
        },
        resolve,
      )
      request.on('error', reject)
      request.end(json)
    })
  }

  async function send(path: string, options?: SendOptions): Promise<Answer> {
    const response = await open(path, options)
    response.setEncoding('utf8')
    let text = ''
    for await (const chunk of response) text += chunk
    const { statusCode = 0, headers } = response
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text.slice(0, 200)}`)
    return { status: statusCode, text, cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' }
  }

  return { send, open, close: () => agent.destroy() }
}

/** Does something so many times, a few at once. */
export async function repeat(
  times: number,
  atOnce: number,
  action: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < times) {
      const i = next
      next += 1
      await action(i)
    }
  }
  await Promise.all(Array.from({ length: Math.min(times, atOnce) }, worker))
}
