/** Keeps long work from making others wait: one process serves all visitors. */

/** Work of this length delays other visitors too little to be noticed. */
const MAX_STRETCH_MS = 10

/**
 * Creates a pause for the steps of one piece of work. When the work has gone on for 10 ms, the
 * pause lets everything else have its turn. Before that it resolves at once. On Workers it never
 * waits: their clock stands still while they compute, and every request has its own time there.
 */
export function createPace(): () => Promise<void> {
  let startedAtMs = Date.now()
  return async () => {
    if (Date.now() - startedAtMs < MAX_STRETCH_MS) return
    await new Promise((resolve) => setTimeout(resolve, 0))
    startedAtMs = Date.now()
  }
}
