/** Reads streams that may be of any length, such as the body of a request. */

/**
 * All bytes of a stream, or null as soon as there are more than the limit. The stream is then
 * cancelled.
 *
 * @param drainBytes how many bytes beyond the limit are read and dropped before the stream is
 *   cancelled. A sender that is cut off earlier would not see the answer.
 */
export async function readBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  drainBytes = 0,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop early cancels the stream: the iterator's return() does it.
  for await (const chunk of stream ?? []) {
    length += chunk.length
    if (length <= maxBytes) chunks.push(chunk)
    else if (length > maxBytes + drainBytes) break
  }
  return length > maxBytes ? null : concatenate(chunks, length)
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
