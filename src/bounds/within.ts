/** Waits for a promise, but not for ever. */

/**
 * What a promise gives, or what `late` gives when the promise takes too long. A rejection that
 * comes after that is handled too: it does not become an unhandled one.
 *
 * @param timeMs how long to wait at most; infinite for no limit
 * @param late may throw
 */
export async function within<T, L>(
  timeMs: number,
  promise: Promise<T>,
  late: () => L,
): Promise<T | L> {
  if (timeMs === Number.POSITIVE_INFINITY) return promise
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeMs)
  }).then(late)
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
  }
}
