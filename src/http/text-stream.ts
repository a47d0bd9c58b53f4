/** A long text as the body of an answer. */

import { createPace } from '../bounds/pace.ts'

/** Characters that are written at once. As many wait in memory for a reader who has stopped. */
const WRITE_CHARS = 16 * 1024

/**
 * A text as bytes, made only as fast as they are read. Nothing more is made once the reader has
 * left.
 */
export function textStream(
  text: AsyncGenerator<string, void, undefined>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const pause = createPace()
  let unwritten = ''
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await pause()
        if (unwritten === '') {
          const next = await text.next()
          if (next.done) return controller.close()
          unwritten = next.value
        }
        // Half of a pair is no character.
        const end = isHighSurrogate(unwritten, WRITE_CHARS - 1) ? WRITE_CHARS + 1 : WRITE_CHARS
        controller.enqueue(encoder.encode(unwritten.slice(0, end)))
        unwritten = unwritten.slice(end)
      },
      async cancel() {
        await text.return()
      },
    },
    { highWaterMark: 0 },
  )
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit <= 0xdbff
}
