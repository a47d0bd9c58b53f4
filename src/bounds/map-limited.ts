/** Does the same to many things, a few at a time. */

/**
 * What `f` gives for each item, in the order of the items.
 *
 * @param maxParallel calls that are under way at once, at most
 * @throws what the first call that failed threw, once no call is under way any more. No further
 *   call begins after a failure.
 */
export async function mapLimited<T, R>(
  items: readonly T[],
  maxParallel: number,
  f: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  // The workers share one iterator: each takes the next item when it is done with its last.
  const rest = items.entries()
  const worker = async (): Promise<void> => {
    for (const [i, item] of rest) {
      if (failures.length > 0) return
      try {
        results[i] = await f(item)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(maxParallel, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
