/** Waits for a promise, but not for ever. */

/**
 * What a promise gives, or what `late` gives should that take too long. The promise is listened to until its end, so that its late
 * rejection is not an unhandled one.
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
