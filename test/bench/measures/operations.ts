/** What visitors do, over and over, while the CPU that it costs is counted. */

import { prose } from '../../support/prose.ts'
import type { Client } from '../client.ts'

/** Something that a program is asked for many times. */
export interface Task {
  /** In a round. */
  readonly times: number
  readonly atOnce: number
  /** Gives what is to be repeated. */
  readonly prepare: (client: Client) => Promise<() => Promise<unknown>>
}

export interface Operation {
  readonly name: string
  readonly app: Task
  /** What a proxy is asked for instead; null where it has no such operation. */
  readonly proxy: Task | null
}

/** Operations with the same model. */
export interface Group {
  /** What the model does, as `model.ts` says; a turn that is not streamed comes in one piece. */
  readonly model: string
  readonly operations: readonly Operation[]
}

const STREAM = 'text/event-stream'
const MESSAGE = prose(8, 80)
/** The conversation of every turn. */
const TURNS = 3

/** A visitor's cookie after so many turns. */
async function converse(client: Client, turns: number): Promise<string> {
  let cookie = ''
  for (let i = 0; i < turns; i++) {
    const body = { message: prose(100 + i, 80) }
    cookie = (await client.send('/chat', { body, cookie })).cookie
  }
  return cookie
}

async function streamedTurn(client: Client, cookie: string, html: boolean): Promise<void> {
  const body = { message: MESSAGE, html }
  const { text } = await client.send('/chat', { body, cookie, accept: STREAM })
  const receipt = /event: done\ndata: .*"receipt":"([^"]+)"/.exec(text)?.[1]
  if (!receipt) throw new Error(`A stream without a receipt: ${text.slice(-300)}`)
  await client.send('/chat/commit', { body: { receipt }, cookie })
}

/** Turns that are streamed and committed, with blocks of HTML and without. */
function streamedTurns(everyMs: number, times: number, atOnce: number): [Operation, Operation] {
  const body = { message: MESSAGE, stream: true }
  const proxy: Task = {
    ...{ times, atOnce },
    prepare: async (client) => () => client.send('/chat', { body }),
  }
  const streamed = (html: boolean): Operation => ({
    name: `streamed turn, ${everyMs} ms apart${html ? ', rendered' : ''}`,
    app: {
      ...{ times, atOnce },
      async prepare(client) {
        const cookie = await converse(client, TURNS)
        return () => streamedTurn(client, cookie, html)
      },
    },
    proxy,
  })
  return [streamed(true), streamed(false)]
}

function jsonTurn(times: number): Operation {
  const body = { message: MESSAGE }
  return {
    name: 'JSON turn',
    app: {
      ...{ times, atOnce: 8 },
      async prepare(client) {
        const cookie = await converse(client, TURNS)
        return () => client.send('/chat', { body, cookie })
      },
    },
    proxy: { times, atOnce: 8, prepare: async (client) => () => client.send('/chat', { body }) },
  }
}

function look(name: string, path: string, turns: number, times: number): Operation {
  return {
    name: `${name} of ${turns} turn${turns === 1 ? '' : 's'}`,
    app: {
      ...{ times, atOnce: 8 },
      async prepare(client) {
        const cookie = await converse(client, turns)
        return () => client.send(path, { cookie })
      },
    },
    proxy: null,
  }
}

export const ALL_GROUPS: readonly Group[] = [
  {
    model: 'every/20',
    operations: [
      jsonTurn(1000),
      ...streamedTurns(20, 50, 50),
      look('page', '/', 1, 500),
      look('page', '/', 10, 300),
      look('page', '/', 30, 200),
      look('history', '/history', 30, 500),
    ],
  },
  { model: 'every/2', operations: streamedTurns(2, 60, 10) },
]

export const SHORT_GROUPS: readonly Group[] = [
  { model: 'every/20', operations: [jsonTurn(300), streamedTurns(20, 50, 50)[0]] },
]
