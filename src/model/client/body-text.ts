/**
 * The body of an answer as text, piece by piece. Unlike an iterator it can be cancelled while a
 * piece is waited for, which closes the connection.
 */

import { toNetworkError } from './network-error.ts'

export interface BodyText {
  /**
   * The next piece, UTF-8 put together across pieces, without a byte order mark; null at the end.
   *
   * @throws UpstreamError of kind `network` when the connection broke
   */
  read(): Promise<string | null>
  /** Closes the connection if the body is not at its end. What is waited for is the last piece. */
  cancel(): void
}

/** Starts reading a body; one that is missing is empty. */
export function createBodyText(response: Response): BodyText {
  const reader = response.body?.getReader()
  // workerd calls it unhandled when a reader whose request was aborted ends with the reason.
  reader?.closed.catch(() => {})
  const decoder = new TextDecoder()
  let ended = reader === undefined
  return {
    async read() {
      if (ended || !reader) return null
      try {
        const { done, value } = await reader.read()
        ended = done
        return done ? decoder.decode() : decoder.decode(value, { stream: true })
      } catch (thrown) {
        throw toNetworkError(thrown)
      }
    },
    cancel() {
      // A body that broke refuses to be cancelled, and is closed already.
      reader?.cancel().catch(() => {})
    },
  }
}

/**
 * The first characters of a body; the rest is cancelled. What came before a connection broke counts
 * as all there is.
 *
 * @param maxChars so much is read at least, if it is there
 */
export async function readStart(response: Response, maxChars: number): Promise<string> {
  const body = createBodyText(response)
  let text = ''
  try {
    for (;;) {
      const piece = await body.read()
      if (piece === null) return text
      text += piece
      if (text.length >= maxChars) return text.slice(0, maxChars)
    }
  } catch {
    return text
  } finally {
    body.cancel()
  }
}
