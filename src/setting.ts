/**
 * What a setting is. Each room exports the settings that it needs, as rows by name. `settings/`
 * puts the rows together to one table. Types, problems, `.dev.vars.example` and README's table
 * follow from the rows.
 *
 *     MAX_TURNS: setting({
 *       key: 'maxMessages',        what the code calls it: `settings.maxMessages`
 *       byDefault: '10',           read where the environment has nothing
 *       read: whole(1, 1000),      good | wrong | missing
 *       about: ['Newest messages …'],  for the owner
 *     })
 *
 * Pure: the environment is an argument.
 */

/** Variables, secrets and bindings as a runtime hands them over. Only strings count as settings. */
export type RawEnvironment = Readonly<Record<string, unknown>>

/** One row of the table. Its name is the key under which it stands. */
export interface Setting<Key extends string, Value> {
  /** What the code calls the setting. */
  readonly key: Key
  /** Reads the trimmed text; an absent setting and an empty one are read as `byDefault`. */
  readonly read: (text: string) => Reading<Value>
  /** The text that stands for an absent setting. Empty where that no text means something else. */
  readonly byDefault: string
  /** What the setting does, for the owner: sentences in Markdown. */
  readonly about: readonly string[]
  /** README's words for the default. Where they are left out README shows `byDefault`. */
  readonly defaultWords?: string
  /** The value in `.dev.vars.example`. Where it is left out the file shows `byDefault`. */
  readonly example?: string
  /** True for what nobody but the owner may see. False where it is left out. */
  readonly secret?: boolean
}

/**
 * What became of a text. A value that is `wrong` or `missing` has a stand-in, so that the settings
 * which depend on it are checked too. The stand-in never leaves the parser.
 */
export type Reading<Value> =
  | { readonly kind: 'good'; readonly value: Value }
  | {
      readonly kind: 'wrong' | 'missing'
      readonly value: Value
      /** The rest of a sentence that begins with the name. It never repeats the value. */
      readonly text: string
    }

/** Rows by the names of their settings. */
export type Rows = Readonly<Record<string, Setting<string, unknown>>>

/** What rows read: each value under the key of its row. */
export type Values<Table extends Rows> = {
  readonly [Name in keyof Table as Table[Name]['key']]: Table[Name] extends Setting<
    string,
    infer Value
  >
    ? Value
    : never
}

/** What keeps the app from starting. */
export interface Problem {
  /** The setting's name. */
  readonly name: string
  /** What is wrong, as the rest of a sentence that begins with the name. */
  readonly text: string
  /** True when the setting is absent, false when its value is not acceptable. */
  readonly missing: boolean
}

/** Declares a row; it keeps the exact type of its key and its value. */
export function setting<const Key extends string, Value>(
  row: Setting<Key, Value>,
): Setting<Key, Value> {
  return row
}

/** The trimmed text of a setting; empty when it is absent or no text. */
export function settingText(raw: RawEnvironment, name: string): string {
  const value = raw[name]
  return typeof value === 'string' ? value.trim() : ''
}

/** Reads one setting. */
export function readSetting<Value>(
  raw: RawEnvironment,
  name: string,
  { read, byDefault }: Pick<Setting<string, Value>, 'read' | 'byDefault'>,
): Reading<Value> {
  return read(settingText(raw, name) || byDefault)
}

/** Reads all settings of a table, and gives all problems together. */
export function readSettings<Table extends Rows>(
  raw: RawEnvironment,
  table: Table,
): { readonly values: Values<Table>; readonly problems: readonly Problem[] } {
  const readings = Object.entries(table).map(([name, row]) => ({
    name,
    key: row.key,
    reading: readSetting(raw, name, row),
  }))
  const values = Object.fromEntries(readings.map(({ key, reading }) => [key, reading.value]))
  const problems = readings.flatMap(({ name, reading }) =>
    reading.kind === 'good'
      ? []
      : [{ name, text: reading.text, missing: reading.kind === 'missing' }],
  )
  // Every row of the table has put the value that it read under its own key, as the type says.
  return { values: values as Values<Table>, problems }
}

/** A reading without a problem. */
export function good<Value>(value: Value): Reading<Value> {
  return { kind: 'good', value }
}

/**
 * A reading of a text that is not acceptable.
 *
 * @param text the rest of a sentence that begins with the setting's name, like `must be a number`
 */
export function wrong<Value>(text: string, standIn: Value): Reading<Value> {
  return { kind: 'wrong', text, value: standIn }
}

/**
 * A reading of a setting that the app needs and has not got. Its arguments are those of `wrong`.
 */
export function missing<Value>(text: string, standIn: Value): Reading<Value> {
  return { kind: 'missing', text, value: standIn }
}

/** A reader of any text. */
export function anyText(text: string): Reading<string> {
  return good(text)
}

/** A reader of whole numbers in decimal digits, the limits included. */
export function whole(min: number, max: number): (text: string) => Reading<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return good(value)
    return wrong(`must be a whole number from ${min} to ${max}`, min)
  }
}

/** A reader of one word of several, written exactly so. */
export function oneOf<const Word extends string>(
  words: readonly [Word, ...Word[]],
): (text: string) => Reading<Word> {
  return (text) => {
    const word = words.find((known) => known === text)
    return word === undefined ? wrong(`must be one of ${words.join(', ')}`, words[0]) : good(word)
  }
}
