/** Choices that are the same on every run with the same seed. Not for secrets. */

export interface Chance {
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number
  /** True in so many of a hundred cases. */
  percent(share: number): boolean
  /** One of some values, each as often as its weight says. */
  weighed<T>(first: Weighed<T>, ...others: readonly Weighed<T>[]): T
  /** The same things in another order. */
  shuffled<T>(items: readonly T[]): T[]
}

/** A weight of 1 or more, and a value. */
export type Weighed<T> = readonly [number, T]

/**
 * Choices of their own for whatever a name names, so that what one visitor draws does not change what another one does.
 *
 * @param name for example seed, runtime, visitor and step
 */
export function createChance(name: string): Chance {
  // FNV-1a for the name, then Mulberry32.
  let state = 2_166_136_261
  for (const char of name) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 16_777_619)

  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const whole = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1))

  return {
    whole,
    percent: (share) => next() * 100 < share,
    weighed(first, ...others) {
      const all = [first, ...others]
      let left = next() * all.reduce((sum, [weight]) => sum + weight, 0)
      for (const [weight, value] of all) {
        left -= weight
        if (left < 0) return value
      }
      return first[1]
    },
    shuffled(items) {
      const left = [...items]
      return items.flatMap(() => left.splice(whole(0, left.length - 1), 1))
    },
  }
}
