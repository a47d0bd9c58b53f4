import { describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { resolveEndpoint } from '../../src/model/endpoint.ts'
import { isLoopbackHost, isPrivateHost } from '../../src/model/private-host.ts'
import type { RawEnvironment } from '../../src/setting.ts'
import { parseLogLevel, parseNodeSettings, parseSettings } from '../../src/settings/settings.ts'

const SECRET = 'thirty-two characters or a few more'

/** The names of the settings that are not acceptable. */
function problems(raw: RawEnvironment): string[] {
  const parsed = parseSettings({ SESSION_SECRET: SECRET, ...raw })
  return parsed.ok ? [] : parsed.problems.map(({ name }) => name)
}

function settings(raw: RawEnvironment) {
  const parsed = parseSettings({ SESSION_SECRET: SECRET, ...raw })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.value
}

describe('parseSettings', () => {
  it('has the defaults of the contract', () => {
    expect(settings({})).toEqual({
      appName: 'aplly Assistant',
      systemPrompt:
        'You are a helpful, clear, and concise educational assistant. Answer accurately. Never provide harmful information.',
      maxMessages: 10,
      model: null,
      timeoutMs: 30_000,
      sessionSecrets: [SECRET],
      sessionMaxAgeSeconds: 604_800,
      maxConversations: 40,
      mayShare: false,
      corsOrigins: [],
      logLevel: 'info',
    })
  })

  it('takes an empty text for absent', () => {
    expect(settings({ MAX_TURNS: '', HF_TOKEN: ' ', APP_NAME: '' })).toEqual(settings({}))
  })

  it('asks the router with a token, and a given server with or without', () => {
    expect(settings({ HF_TOKEN: 'hf_x' }).model).toEqual({
      endpoint: { url: 'https://router.huggingface.co/v1/chat/completions', protocol: 'chat' },
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      token: 'hf_x',
      maxNewTokens: 200,
      timeoutMs: 30_000,
    })
    expect(settings({ HF_MODEL_URL: 'http://127.0.0.1:8080/v1' }).model?.token).toBe('')
    expect(problems({ HF_MODEL_URL: 'https://router.huggingface.co/v1' })).toEqual(['HF_TOKEN'])
  })

  it('reports every problem at once, by name and not by value', () => {
    const parsed = parseSettings({
      SESSION_SECRET: 'short-value',
      MAX_TURNS: 'value-x',
      TIMEOUT_MS: '-1',
      SESSION_MAX_AGE: '1e9',
      MAX_NEW_TOKENS: '0',
      HF_PROTOCOL: 'value-y',
      HF_MODEL_URL: 'value-z',
      HF_TOKEN: 'two words',
      LOG_LEVEL: 'value-loud',
      CORS_ORIGINS: 'https://a.example/value-path',
    })
    expect(parsed.ok).toBe(false)
    if (parsed.ok) return
    expect(parsed.problems.map(({ name }) => name).sort()).toEqual([
      'CORS_ORIGINS',
      'HF_MODEL_URL',
      'HF_PROTOCOL',
      'HF_TOKEN',
      'LOG_LEVEL',
      'MAX_NEW_TOKENS',
      'MAX_TURNS',
      'SESSION_MAX_AGE',
      'SESSION_SECRET',
      'TIMEOUT_MS',
    ])
    expect(JSON.stringify(parsed.problems)).not.toMatch(/value|two words|1e9/)
  })

  it.each([
    ['one of 31 characters', `${'x1'.repeat(15)}x`],
    ['a short one in a list', `${SECRET},short`],
    ['an empty one in a list', `${SECRET},`],
    ['the same character over and over', 'x'.repeat(40)],
    ['the same word over and over', 'correct-horse-'.repeat(4)],
    ['the same word over and over, cut', 'correct-horse-'.repeat(4).slice(0, 40)],
    ['few different characters', 'passwordwordpasswordsaddpasswords'],
  ])('refuses a secret: %s', (_name, secret) => {
    expect(problems({ SESSION_SECRET: secret })).toEqual(['SESSION_SECRET'])
  })

  it.each([
    ['32 digits of base 16', '9f86d081884c7d659a2feaa0c55ad015'],
    ['base64', 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ/w=='],
    ['a sentence', SECRET],
  ])('takes a secret: %s', (_name, secret) => {
    expect(problems({ SESSION_SECRET: secret })).toEqual([])
  })

  it('refuses a password that it would not ask for', () => {
    expect(problems({ ACCESS_PASSWORD: 'open sesame' })).toEqual(['ACCESS_PASSWORD'])
    expect(problems({ ACCESS_PASSWORD: ' ' })).toEqual([])
  })

  it('tells a missing secret from a bad one', () => {
    const parsed = parseSettings({})
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([
      { name: 'SESSION_SECRET', missing: true },
    ])
  })

  it('splits lists at commas', () => {
    expect(settings({ SESSION_SECRET: `${SECRET} , ${SECRET}2` }).sessionSecrets).toEqual([
      SECRET,
      `${SECRET}2`,
    ])
    expect(settings({ CORS_ORIGINS: 'https://a.example, http://b.test:81/' }).corsOrigins).toEqual([
      'https://a.example',
      'http://b.test:81',
    ])
  })
})

describe('parseLogLevel', () => {
  it('reads what parseSettings reads, and takes the default for what is no level', () => {
    expect(parseLogLevel({ LOG_LEVEL: ' warn ' })).toBe('warn')
    expect(settings({ LOG_LEVEL: ' warn ' }).logLevel).toBe('warn')
    expect(parseLogLevel({ LOG_LEVEL: 'loud' })).toBe('info')
    expect(parseLogLevel({})).toBe('info')
  })
})

describe('parseNodeSettings', () => {
  it('listens on the loopback interface by default', () => {
    expect(parseNodeSettings({})).toMatchObject({
      value: { host: '127.0.0.1', port: 8787, shutdownSeconds: 25 },
    })
  })

  it('keeps long conversations in a file by default, in Redis if told so, or nowhere', () => {
    const stores = (raw: RawEnvironment) => {
      const parsed = parseNodeSettings(raw)
      return parsed.ok && [parsed.value.database, parsed.value.redisUrl]
    }
    expect(stores({})).toEqual([{ kind: 'default', path: '.data/history.sqlite' }, null])
    expect(stores({ DATABASE_PATH: ' off ' })).toEqual([{ kind: 'off' }, null])
    expect(stores({ DATABASE_PATH: '/tmp/x.db', REDIS_URL: 'rediss://:pw@h:1/2' })).toEqual([
      { kind: 'asked', path: '/tmp/x.db' },
      'rediss://:pw@h:1/2',
    ])
  })

  it.each(['localhost:6379', 'http://localhost', 'redis', '//h'])('refuses %s for Redis', (url) => {
    expect(parseNodeSettings({ REDIS_URL: url })).toMatchObject({
      problems: [{ name: 'REDIS_URL', missing: false }],
    })
  })

  it.each(['65536', '-1', 'http', '80.5'])('refuses port %s', (port) => {
    expect(parseNodeSettings({ PORT: port }).ok).toBe(false)
  })
})

describe('resolveEndpoint', () => {
  const H = 'https://host.example'
  const R = 'https://router.huggingface.co'
  it.each([
    [`${H}/v1/chat/completions`, 'chat', `${H}/v1/chat/completions`],
    [`${H}/v1/completions`, 'completion', `${H}/v1/completions`],
    [`${H}/generate`, 'text-generation', `${H}/generate`],
    [`${H}/generate_stream`, 'text-generation', `${H}/generate`],
    [`${H}/v1`, 'chat', `${H}/v1/chat/completions`],
    [`${H}/v1//`, 'chat', `${H}/v1/chat/completions`],
    [H, 'chat', `${H}/v1/chat/completions`],
    [`${H}/some/base?key=1#x`, 'chat', `${H}/some/base/v1/chat/completions?key=1`],
    [`${H}/models/org/name`, 'text-generation', `${H}/models/org/name`],
    [`${H}/models/name/`, 'text-generation', `${H}/models/name`],
    [`${H}/models/name/v1`, 'chat', `${H}/models/name/v1/chat/completions`],
    [
      `${R}/hf-inference/models/org/name`,
      'chat',
      `${R}/hf-inference/models/org/name/v1/chat/completions`,
    ],
    ['http://127.0.0.1:8080/v1', 'chat', 'http://127.0.0.1:8080/v1/chat/completions'],
    ['http://tgi', 'chat', 'http://tgi/v1/chat/completions'],
  ])('reads %s as %s', (raw, protocol, url) => {
    expect(resolveEndpoint(raw, 'auto')).toEqual({ ok: true, endpoint: { url, protocol } })
  })

  it.each([
    [H, 'text-generation', `${H}/`],
    [`${H}/v1`, 'completion', `${H}/v1/completions`],
    [`${H}/v1/chat/completions`, 'completion', `${H}/v1/completions`],
    [`${H}/models/x`, 'chat', `${H}/models/x/v1/chat/completions`],
  ] as const)('obeys the owner for %s as %s', (raw, protocol, url) => {
    expect(resolveEndpoint(raw, protocol)).toEqual({ ok: true, endpoint: { url, protocol } })
  })

  it.each([
    ['the host that was switched off', 'https://api-inference.huggingface.co/models/x', /router/],
    ['a user name', 'https://me:pw@host.example/v1', /user name/],
    ['another scheme', 'ftp://host.example', /http/],
    ['no URL', 'host.example', /http/],
    ['an unencrypted public host', 'http://host.example/v1', /https/],
  ])('refuses %s', (_name, raw, pattern) => {
    const resolved = resolveEndpoint(raw, 'auto')
    expect(resolved.ok ? '' : resolved.problem).toMatch(pattern)
  })
})

describe('isPrivateHost', () => {
  it.each(
    'localhost 127.0.0.1 10.1.2.3 172.16.0.1 172.31.255.1 192.168.1.5 169.254.1.1 100.64.0.1 [::1] [fd00::1] [fe80::1] tgi nas.local x.internal'.split(
      ' ',
    ),
  )('takes %s for private', (host) => {
    expect(isPrivateHost(host)).toBe(true)
  })

  it.each(
    'example.com 8.8.8.8 172.32.0.1 11.0.0.1 100.128.0.1 [2001:db8::1] 10.example.com localhost.example.com'.split(
      ' ',
    ),
  )('takes %s for public', (host) => {
    expect(isPrivateHost(host)).toBe(false)
  })
})

describe('isLoopbackHost', () => {
  it.each(['localhost', 'a.localhost', '127.0.0.1', '127.1.2.3', '[::1]'])('takes %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  })

  it.each([
    'localhost.example.com',
    '127.example.com',
    'xlocalhost',
    '10.1.2.3',
    '[::2]',
    'chat.internal',
  ])('does not take %s', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
  })
})

describe('createLog', () => {
  it('writes one JSON object a line, without credentials', () => {
    const lines: string[] = []
    createLog('info', (line) => lines.push(line))('error', 'x', {
      detail: 'Bearer abc.def and hf_AbC123 failed',
    })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      event: 'x',
      detail: '[redacted] and [redacted] failed',
    })
  })

  it('escapes whatever a terminal or a reader of lines would obey', () => {
    const lines: string[] = []
    const path = '/\u001b[2J\u007f\u0080\u009b31m\u2028\u2029\ud800ü'
    createLog('info', (line) => lines.push(line))('info', 'x', { path })
    expect(lines[0]).toContain('"/\\u001b[2J\\u007f\\u0080\\u009b31m\\u2028\\u2029\\ud800ü"')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ path })
  })

  it('drops what is below its level', () => {
    const lines: string[] = []
    const write = (line: string) => lines.push(line)
    createLog('warn', write)('info', 'x')
    createLog('off', write)('error', 'x')
    expect(lines).toEqual([])
  })
})
