/**
 * What an owner should hear at the start although nothing is wrong enough to end it: a setting that
 * has no effect, a name that is no setting. Reads no environment itself, and repeats no value.
 */

import { type Problem, type RawEnvironment, settingText } from '../setting.ts'
import { SETTING_NAMES } from './table.ts'

export interface Notice {
  readonly name: string
  /** The rest of a sentence that begins with the name. */
  readonly text: string
}

/**
 * Settings that do not exist yet, and what their owner must not rely on. `ACCESS_PASSWORD` is no
 * notice but a problem.
 */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  HF_FALLBACK_MODEL: 'no other model is asked when yours fails',
  PERSONAS: 'SYSTEM_PROMPT is the only one',
  SHOW_REASONING: 'what a model thinks is not shown',
  RATE_LIMIT: 'nothing limits visitors',
  DAILY_MESSAGES: 'nothing limits visitors',
  DAILY_TOKENS: 'nothing limits what the model may cost',
  LIMIT_TEXT: 'there are no limits of the day',
  MAX_STREAMS: 'any number of replies may be open at once',
  GREETING: 'the empty page says its own words',
  STARTERS: 'the empty page has its own examples',
  ACCENT_COLOR: 'the page keeps its own colours',
  METRICS_TOKEN: 'there is no /metrics',
  FRAME_ANCESTORS: 'no site may show the page in a frame',
  ALLOWED_HOSTS: 'every host name is answered',
  LANGUAGES: 'the page offers all its languages',
  TRUST_PROXY: 'X-Forwarded-For is not read',
}

/** What is wrong with a setting, or to be known of it, as a line for its owner. */
export function toLine({ name, text }: Problem | Notice): string {
  return `${name} ${text}.`
}

/** How many letters a name may differ from the setting that was meant. */
const MAX_TYPOS = 2

/** Settings that are given and have no effect. A setting of another version may be `off`. */
export function settingNotices(raw: RawEnvironment): Notice[] {
  const text = (name: string): string => settingText(raw, name)
  const unsupported = Object.entries(UNSUPPORTED)
    .filter(([name]) => text(name) !== '' && text(name) !== 'off')
    .map(([name, effect]) => ({ name, text: `is not supported by this version: ${effect}` }))
  const isDemo = text('HF_TOKEN') === '' && text('HF_MODEL_URL') === ''
  return text('HF_MODEL') !== '' && isDemo
    ? [
        {
          name: 'HF_MODEL',
          text: 'is set, but neither HF_TOKEN nor HF_MODEL_URL: the demo model answers',
        },
        ...unsupported,
      ]
    : unsupported
}

/**
 * Names that are no settings, each with the setting that it may be a misspelling of.
 *
 * @param names those of a file that holds nothing but settings: an environment holds many others
 */
export function nameNotices(names: readonly string[]): Notice[] {
  const isKnown = (name: string): boolean =>
    SETTING_NAMES.includes(name) || Object.hasOwn(UNSUPPORTED, name) || name === 'ACCESS_PASSWORD'
  return names
    .filter((name) => !isKnown(name))
    .map((name) => {
      const meant = nearest(name.toUpperCase())
      return { name, text: meant ? `is no setting: did you mean ${meant}?` : 'is no setting' }
    })
}

function nearest(name: string): string | null {
  const [best] = SETTING_NAMES.map((setting) => ({ setting, typos: distance(name, setting) }))
    .filter(({ typos }) => typos <= MAX_TYPOS)
    .sort((a, b) => a.typos - b.typos)
  return best?.setting ?? null
}

/** Letters to add, take away or change until one word is the other (Levenshtein). */
function distance(from: string, to: string): number {
  const first = Array.from({ length: to.length + 1 }, (_, i) => i)
  const last = [...from].reduce((above, letter, row) => {
    const line = [row + 1]
    for (let i = 1; i <= to.length; i++) {
      const change = (above[i - 1] ?? 0) + (letter === to[i - 1] ? 0 : 1)
      line.push(Math.min((above[i] ?? 0) + 1, (line[i - 1] ?? 0) + 1, change))
    }
    return line
  }, first)
  return last[to.length] ?? 0
}
