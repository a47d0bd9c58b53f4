/** What was done and what went wrong, and how it is printed. */

export interface Report {
  counts(what: string): void
  /** Something that must not be. The same reason again is counted, and the first example of it is shown. */
  fails(reason: string, example?: string): void
  /** Lines that help to understand the failures. */
  quotes(lines: readonly string[]): void
  /** Something that was measured, for the reader only. */
  measures(what: string, value: string): void
  failures(): number
  print(title: string): void
}

/** So many kinds of failures are printed. */
const MAX_KINDS = 30
const MAX_EXAMPLE_CHARS = 300

export function createReport(): Report {
  const counts = new Map<string, number>()
  const failures = new Map<string, { times: number; readonly example: string }>()
  const quotes: string[] = []
  const measures = new Map<string, string>()
  return {
    counts: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    fails(reason, example = '') {
      const known = failures.get(reason)
      if (known) known.times += 1
      else failures.set(reason, { times: 1, example })
    },
    quotes: (lines) => void quotes.push(...lines),
    measures: (what, value) => void measures.set(what, value),
    failures: () => failures.size,
    print(title) {
      const rows = [
        ...[...counts].sort(([a], [b]) => a.localeCompare(b)).map(([what, n]) => [what, String(n)]),
        ...measures,
      ]
      console.log(`\n${title}`)
      for (const [what = '', value] of rows) console.log(`  ${what.padEnd(44)} ${value}`)
      for (const [reason, { times, example }] of [...failures].slice(0, MAX_KINDS)) {
        const first = example === '' ? '' : `\n    ${example.slice(0, MAX_EXAMPLE_CHARS)}`
        console.log(`  FAILED${times > 1 ? ` ${times} times` : ''}: ${reason}${first}`)
      }
      if (failures.size > MAX_KINDS) console.log(`  and ${failures.size - MAX_KINDS} kinds more`)
      for (const line of quotes) console.log(`  | ${line.slice(0, MAX_EXAMPLE_CHARS)}`)
    },
  }
}

/** The middle and the greatest of some times, in milliseconds. */
export function summarize(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0
  return `p50 ${Math.round(middle)} ms, most ${Math.round(sorted.at(-1) ?? 0)} ms, of ${sorted.length}`
}
