/**
 * Raw environment to `Settings`: every setting with its default, unit and limits. Reads no environment itself.
 * All problems are reported together, each by the setting's name and never by its value.
 */

import { LOG_LEVELS, type LogLevel } from '../log.ts'
import { PROTOCOL_NAMES, resolveEndpoint } from '../model/endpoint.ts'
import type { ModelSettings } from '../model/settings.ts'

export interface Settings {
  /** `APP_NAME`: name in the page. */
  readonly appName: string
  /** `SYSTEM_PROMPT` */
  readonly systemPrompt: string
  /** `MAX_TURNS`: newest entries (user or assistant, each counts one) sent to the model. */
  readonly maxTurns: number
  /** Where the model is; null means the built-in demo model. */
  readonly model: ModelSettings | null
  /** `TIMEOUT_MS`: longest wait for the model. */
  readonly timeoutMs: number
  /** `SESSION_SECRET`, split at its commas: the first signs, all verify. */
  readonly sessionSecrets: readonly string[]
  /** `SESSION_MAX_AGE`: how long a conversation lives at most. */
  readonly sessionMaxAgeSeconds: number
  /** `CORS_ORIGINS`: other origins that may call with credentials. */
  readonly corsOrigins: readonly string[]
}

/** What only the Node entry needs. */
export interface NodeSettings {
  readonly host: string
  readonly port: number
  /** `REDIS_URL`: store shared by several processes or machines; null when there is none. */
  readonly redisUrl: string | null
  /** `DATABASE_PATH`: the file for what outgrows the cookie. */
  readonly database: DatabaseSetting
  /** `SHUTDOWN_SECONDS`: how long open replies may take to finish after a signal to stop. */
  readonly shutdownSeconds: number
}

/** A path is relative to the project's folder. One that was `asked` for must work, the `default` one may not. */
export type DatabaseSetting =
  | { readonly kind: 'asked' | 'default'; readonly path: string }
  | { readonly kind: 'off' }

export interface Problem {
  readonly name: CheckedName
  /** What is wrong, as the rest of a sentence that begins with the name. */
  readonly text: string
  /** True when the setting is absent, false when its value is not acceptable. */
  readonly missing: boolean
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: Problem[] }

/** Every setting there is, as `.dev.vars.example` explains them. */
export const SETTING_NAMES = [
  'SESSION_SECRET',
  'HF_TOKEN',
  'HF_MODEL_URL',
  'HF_MODEL',
  'HF_PROTOCOL',
  'SYSTEM_PROMPT',
  'MAX_TURNS',
  'MAX_NEW_TOKENS',
  'TIMEOUT_MS',
  'SESSION_MAX_AGE',
  'CORS_ORIGINS',
  'APP_NAME',
  'HOST',
  'PORT',
  'DATABASE_PATH',
  'REDIS_URL',
  'SHUTDOWN_SECONDS',
  'LOG_LEVEL',
] as const
export type SettingName = (typeof SETTING_NAMES)[number]

/** A password that nobody is asked for would leave open what its owner takes for closed. */
type CheckedName = SettingName | 'ACCESS_PASSWORD'

/** Variables, secrets and bindings as a runtime hands them over; only strings count as settings. */
export type RawEnvironment = Readonly<Record<string, unknown>>

const DEFAULTS = {
  url: 'https://router.huggingface.co/v1/chat/completions',
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  databasePath: '.data/history.sqlite',
  systemPrompt:
    'You are a helpful, clear, and concise educational assistant. Answer accurately. Never provide harmful information.',
} as const
const MIN_SECRET_CHARS = 32
/** 32 random digits nearly always hold more different ones than this. */
const MIN_SECRET_DISTINCT = 8
/** What says the same again and again is only as random as the part that it repeats. */
const MIN_SECRET_PERIOD = 16
const PROTOCOLS = ['auto', ...PROTOCOL_NAMES] as const

/** Checks everything that both runtimes need. */
export function parseSettings(raw: RawEnvironment): Result<Settings> {
  const read = createReader(raw)
  const level = read.text('LOG_LEVEL') || 'info'
  if (!LOG_LEVELS.some((known) => known === level)) {
    read.problem('LOG_LEVEL', `must be one of ${LOG_LEVELS.join(', ')}`)
  }
  if (read.text('ACCESS_PASSWORD') !== '') {
    read.problem(
      'ACCESS_PASSWORD',
      'is not supported by this version, and everybody could use the app: remove it, and let the proxy in front ask for a password',
    )
  }
  const timeoutMs = read.whole('TIMEOUT_MS', 30_000, 100, 600_000)
  return read.result({
    appName: read.text('APP_NAME') || 'aplly Assistant',
    systemPrompt: read.text('SYSTEM_PROMPT') || DEFAULTS.systemPrompt,
    maxTurns: read.whole('MAX_TURNS', 10, 1, 1000),
    model: readModel(read, timeoutMs),
    timeoutMs,
    sessionSecrets: readSecrets(read),
    sessionMaxAgeSeconds: read.whole('SESSION_MAX_AGE', 604_800, 60, 34_560_000),
    corsOrigins: readOrigins(read),
  })
}

/** Checks where the Node entry shall listen and keep long conversations, and how it ends. Port 0 lets the system choose a free one. */
export function parseNodeSettings(raw: RawEnvironment): Result<NodeSettings> {
  const read = createReader(raw)
  const redisUrl = read.text('REDIS_URL')
  if (redisUrl !== '' && !isRedisUrl(redisUrl)) {
    read.problem('REDIS_URL', 'must be an address like redis://localhost:6379')
  }
  const path = read.text('DATABASE_PATH')
  return read.result({
    // As an address bar shows an IPv6 address, and as the system calls it.
    host: read.text('HOST').replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: read.whole('PORT', 8787, 0, 65_535),
    redisUrl: redisUrl || null,
    database: toDatabase(path),
    shutdownSeconds: read.whole('SHUTDOWN_SECONDS', 25, 0, 3600),
  })
}

function toDatabase(path: string): DatabaseSetting {
  if (path === 'off') return { kind: 'off' }
  return path === '' ? { kind: 'default', path: DEFAULTS.databasePath } : { kind: 'asked', path }
}

/** `LOG_LEVEL`, which must be known before anything else can be reported; what is not a level counts as `info` there. */
export function parseLogLevel(raw: RawEnvironment): LogLevel {
  return LOG_LEVELS.find((level) => level === raw['LOG_LEVEL']) ?? 'info'
}

interface Reader {
  /** The trimmed text of a setting; absent and empty are the same. */
  text(name: CheckedName): string
  whole(name: SettingName, fallback: number, min: number, max: number): number
  problem(name: CheckedName, text: string, missing?: boolean): void
  result<T>(value: T): Result<T>
}

function createReader(raw: RawEnvironment): Reader {
  const problems: Problem[] = []
  const text = (name: CheckedName): string => {
    const value = raw[name]
    return typeof value === 'string' ? value.trim() : ''
  }
  const problem = (name: CheckedName, text: string, missing = false): void => {
    problems.push({ name, text, missing })
  }
  return {
    text,
    problem,
    whole(name, fallback, min, max) {
      const given = text(name)
      if (given === '') return fallback
      const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN
      if (value >= min && value <= max) return value
      problem(name, `must be a whole number from ${min} to ${max}`)
      return fallback
    },
    result: (value) => (problems.length === 0 ? { ok: true, value } : { ok: false, problems }),
  }
}

function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol)
}

function readModel(read: Reader, timeoutMs: number): ModelSettings | null {
  const token = read.text('HF_TOKEN')
  const url = read.text('HF_MODEL_URL')
  const given = read.text('HF_PROTOCOL') || 'auto'
  const maxNewTokens = read.whole('MAX_NEW_TOKENS', 200, 1, 100_000)
  const protocol = PROTOCOLS.find((name) => name === given)
  if (!protocol) read.problem('HF_PROTOCOL', `must be one of ${PROTOCOLS.join(', ')}`)
  if (/[^\x21-\x7e]/.test(token))
    read.problem('HF_TOKEN', 'must be one word of plain letters, digits and signs')
  if (token === '' && url === '') return null
  const resolved = resolveEndpoint(url || DEFAULTS.url, protocol ?? 'auto')
  if (!resolved.ok) {
    read.problem('HF_MODEL_URL', resolved.problem)
    return null
  }
  if (token === '' && new URL(resolved.endpoint.url).hostname === 'router.huggingface.co') {
    read.problem('HF_TOKEN', 'is needed for the Hugging Face router', true)
  }
  const model = read.text('HF_MODEL') || DEFAULTS.model
  return { endpoint: resolved.endpoint, model, token, maxNewTokens, timeoutMs }
}

function readSecrets(read: Reader): readonly string[] {
  const given = read.text('SESSION_SECRET')
  const secrets = given.split(',').map((secret) => secret.trim())
  if (given === '')
    read.problem(
      'SESSION_SECRET',
      `is missing; set at least ${MIN_SECRET_CHARS} random characters`,
      true,
    )
  else if (!secrets.every(isRandomEnough)) {
    read.problem(
      'SESSION_SECRET',
      `must have at least ${MIN_SECRET_CHARS} random characters in each of its parts`,
    )
  }
  return secrets
}

function isRandomEnough(secret: string): boolean {
  return (
    secret.length >= MIN_SECRET_CHARS &&
    new Set(secret).size >= MIN_SECRET_DISTINCT &&
    periodOf(secret) >= MIN_SECRET_PERIOD
  )
}

/** After how many characters a text says the same again, to its end; its length if it never does. */
function periodOf(text: string): number {
  let period = 1
  while (text.slice(period) !== text.slice(0, text.length - period)) period++
  return period
}

function readOrigins(read: Reader): readonly string[] {
  const given = read.text('CORS_ORIGINS')
  const origins =
    given === '' ? [] : given.split(',').map((origin) => origin.trim().replace(/\/$/, ''))
  if (origins.some((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)) {
    read.problem(
      'CORS_ORIGINS',
      'must be a comma-separated list of origins like https://www.example.com',
    )
  }
  return origins
}
