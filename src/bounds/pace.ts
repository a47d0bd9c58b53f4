/** Keeps long work from making others wait: one process serves all visitors. */

/** So much work at a stretch delays nobody noticeably. */
const MAX_STRETCH_MS = 10

/**
 * Creates a pause for the steps of one piece of work. It lets everything else have its turn when the work has gone on for 10 ms, and
 * resolves at once before that. On Workers, whose clock stands still while they compute, it never waits; requests have their own time there.
 */
export function createPace(): () => Promise<void> {
  let startedAtMs = Date.now()
  return async () => {
    if (Date.now() - startedAtMs < MAX_STRETCH_MS) return
    await new Promise((resolve) => setTimeout(resolve, 0))
    startedAtMs = Date.now()
  }
}
