import { describe, expect, it } from 'vitest'
import { createEventReader } from '../../src/client/net/events.ts'
import { eventStream } from '../../src/http/event-stream.ts'
import type { ChatEvent } from '../../src/wire.ts'

const EVENTS: readonly ChatEvent[] = [
  { name: 'token', data: { text: 'Grüße, 世界 🌍\u2028\u2029\n\nevent: done\ndata: {}\n\n' } },
  { name: 'html', data: { block: 0, html: '<p>Grüße</p>' } },
  { name: 'html', data: { block: 1, html: '' } },
  { name: 'checkpoint', data: { receipt: '1.a.b' } },
  { name: 'error', data: { error: 'No.', code: 'model_busy', retryAfter: 7, partial: true } },
  { name: 'error', data: { error: 'No.', code: 'internal', partial: false } },
  { name: 'done', data: { reply: 'Grüße', receipt: '1.c.d', finish: 'length' } },
]

/** The bytes that the server writes for events. */
async function written(events: readonly ChatEvent[]): Promise<Uint8Array> {
  const source = { dueInMs: () => 0, listen() {}, take: async () => events, ended: true }
  const body = eventStream(source, { limitMs: 10_000, onLeave: () => {} })
  return new Uint8Array(await new Response(body).arrayBuffer())
}

const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('createEventReader()', () => {
  it('reads what the server writes, split at any byte', async () => {
    const bytes = await written(EVENTS)
    for (let at = 0; at <= bytes.length; at++) {
      const read = createEventReader()
      expect([...read(bytes.subarray(0, at)), ...read(bytes.subarray(at))]).toEqual(EVENTS)
    }
  })

  it('reads it byte by byte', async () => {
    const read = createEventReader()
    expect([...(await written(EVENTS))].flatMap((byte) => read(Uint8Array.of(byte)))).toEqual(
      EVENTS,
    )
  })

  it.each([
    ['a comment', ':\n\n'],
    ['an event of another time', 'event: later\ndata: {"text":"x"}\n\n'],
    ['data that is no JSON', 'event: token\ndata: {"text"\n\n'],
    ['data that is no object', 'event: token\ndata: null\n\n'],
    ['a token without text', 'event: token\ndata: {"text":1}\n\n'],
    ['a block without a number', 'event: html\ndata: {"block":"0","html":""}\n\n'],
    ['an end without a receipt', 'event: done\ndata: {"reply":"x"}\n\n'],
  ])('passes over %s', (_, frame) => {
    const read = createEventReader()
    const token = 'event: token\ndata: {"text":"on"}\n\n'
    expect(read(bytesOf(frame + token))).toEqual([{ name: 'token', data: { text: 'on' } }])
  })

  it('waits for the end of an event', () => {
    expect(createEventReader()(bytesOf('event: token\ndata: {"text":"x"}\n'))).toEqual([])
  })
})
