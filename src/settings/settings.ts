/**
 * Raw environment to `Settings`. The types follow from the table; here stands only what several
 * settings say together. All problems are reported together, each by the setting's name and never
 * by its value. Reads no environment itself.
 */

import { type LogLevel, logRows } from '../log.ts'
import { combineModel, type ModelSettings, type modelRows } from '../model/settings.ts'
import {
  type Problem,
  type RawEnvironment,
  readSetting,
  readSettings,
  settingText,
  type Values,
} from '../setting.ts'
import { NODE_ROWS, SHARED_ROWS } from './table.ts'

/** What only the model needs to know. */
type ModelOnly = Exclude<keyof Values<typeof modelRows>, 'timeoutMs'>

/** What both runtimes need. Each value stands under the `key` of its row. */
export interface Settings extends Omit<Values<typeof SHARED_ROWS>, ModelOnly> {
  /** Where the model is; null means the built-in demo model. */
  readonly model: ModelSettings | null
}

/** What only the Node entry needs. */
export type NodeSettings = Values<typeof NODE_ROWS>

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Checks everything that both runtimes need. */
export function parseSettings(raw: RawEnvironment): Result<Settings> {
  const { values, problems } = readSettings(raw, SHARED_ROWS)
  const { token, modelUrl, modelId, protocol, maxNewTokens, ...others } = values
  const { model, problems: ofModel } = combineModel(values)
  return toResult({ ...others, model }, [...problems, ...ofModel, ...passwordProblems(raw)])
}

/** Checks where the Node entry shall listen and keep long conversations, and how it ends. */
export function parseNodeSettings(raw: RawEnvironment): Result<NodeSettings> {
  const { values, problems } = readSettings(raw, NODE_ROWS)
  return toResult(values, problems)
}

/**
 * `LOG_LEVEL`, which must be known before anything else can be reported. What is not a level counts
 * as the default here; `parseSettings` reports it.
 */
export function parseLogLevel(raw: RawEnvironment): LogLevel {
  const { LOG_LEVEL: row } = logRows
  const reading = readSetting(raw, 'LOG_LEVEL', row)
  return reading.kind === 'good' ? reading.value : row.read(row.byDefault).value
}

/** A password that nobody is asked for would leave open what its owner takes for closed. */
function passwordProblems(raw: RawEnvironment): readonly Problem[] {
  if (settingText(raw, 'ACCESS_PASSWORD') === '') return []
  return [
    {
      name: 'ACCESS_PASSWORD',
      text: 'is not supported by this version, and everybody could use the app: remove it, and let the proxy in front ask for a password',
      missing: false,
    },
  ]
}

function toResult<T>(value: T, problems: readonly Problem[]): Result<T> {
  return problems.length === 0 ? { ok: true, value } : { ok: false, problems }
}
