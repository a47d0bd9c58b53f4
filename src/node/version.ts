/**
 * Ends the program with one line when this Node is too old. The two local starters import it first,
 * and it imports nothing: on an old Node the other files may not even load. For the same reason
 * `dev-vars.ts` imports a module as a whole, and no names out of it.
 */

/** Oldest Node that has all that the app uses. */
const MIN_NODE = [20, 20, 0] as const

/** A sentence when a Node is too old, else null. */
export function nodeProblem(version: string): string | null {
  const parts = version.split('.').map(Number)
  const differences = MIN_NODE.map((min, i) => (parts[i] ?? 0) - min)
  const decisive = differences.find((difference) => difference !== 0) ?? 0
  if (decisive >= 0) return null
  return `Node ${version} is too old: aplly-chat needs Node ${MIN_NODE.join('.')} or newer.`
}

const problem = nodeProblem(process.versions.node)
if (problem !== null) {
  console.error(problem)
  process.exit(1)
}
