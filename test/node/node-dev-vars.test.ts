import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readEnvironment } from '../../src/node/dev-vars.ts'
import { nodeProblem } from '../../src/node/version.ts'
import { parseSettings } from '../../src/settings/settings.ts'
import { SETTING_NAMES } from '../../src/settings/table.ts'

const example = fileURLToPath(new URL('../../.dev.vars.example', import.meta.url))
let folder = ''
let lines: string[] = []
const read = () => readEnvironment(folder, (line) => lines.push(line))

beforeEach(() => {
  lines = []
  folder = mkdtempSync(join(tmpdir(), 'aplly-chat-'))
  copyFileSync(example, join(folder, '.dev.vars.example'))
  vi.stubEnv('SESSION_SECRET', undefined)
  vi.stubEnv('NODE_ENV', 'development')
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

describe('readEnvironment', () => {
  it('writes a file with a random secret at the first start, for its owner only', () => {
    const first = read()
    expect(first['SESSION_SECRET']).toMatch(/^[0-9a-f]{64}$/)
    expect(statSync(join(folder, '.dev.vars')).mode & 0o777).toBe(0o600)
    expect(read()['SESSION_SECRET']).toBe(first['SESSION_SECRET'])
    expect(parseSettings(first).ok).toBe(true)
  })

  it('lets real environment variables win', () => {
    writeFileSync(join(folder, '.dev.vars'), 'APP_NAME="From the file"\nMAX_TURNS=4\n')
    vi.stubEnv('APP_NAME', 'From outside')
    expect(read()).toMatchObject({ APP_NAME: 'From outside', MAX_TURNS: '4' })
  })

  it('takes a file that begins with a byte order mark', () => {
    writeFileSync(join(folder, '.dev.vars'), `\uFEFFSESSION_SECRET=${'x'.repeat(32)}\r\n`)
    expect(read()).toMatchObject({ SESSION_SECRET: 'x'.repeat(32) })
    expect(lines).toEqual([])
  })

  it('says in one sentence that the file cannot be read', () => {
    mkdirSync(join(folder, '.dev.vars'))
    expect(read).toThrow(/^Cannot use \S+\.dev\.vars: EISDIR: .*\.$/)
  })

  it('tells of names that are no settings, and nothing of their values', () => {
    writeFileSync(join(folder, '.dev.vars'), 'HF_TOKENS=hf_geheim\nMY_THING=x\nHF_TOKEN=y\n')
    read()
    expect(lines).toEqual([
      'HF_TOKENS in .dev.vars is no setting: did you mean HF_TOKEN?',
      'MY_THING in .dev.vars is no setting.',
    ])
  })

  it('has nothing to say of the file that it writes itself, nor of the environment', () => {
    vi.stubEnv('HF_TOKENS', 'x')
    read()
    read()
    expect(lines).toEqual([])
  })

  it.each([
    ['in production', 'NODE_ENV', 'production'],
    ['when there is a secret already', 'SESSION_SECRET', 'x'.repeat(32)],
  ])('writes nothing %s', (_when, name, value) => {
    vi.stubEnv(name, value)
    read()
    expect(existsSync(join(folder, '.dev.vars'))).toBe(false)
  })
})

describe('.dev.vars.example', () => {
  it('explains every setting, and only settings', () => {
    const names = readFileSync(example, 'utf8').matchAll(/^(?:# )?([A-Z_]+)=/gm)
    expect([...names].map(([, name]) => name).sort()).toEqual([...SETTING_NAMES].sort())
  })
})

describe('nodeProblem', () => {
  it.each(['18.20.4', '20.19.9', '19.0.0'])('refuses Node %s in one line', (version) => {
    expect(nodeProblem(version)).toMatch(
      new RegExp(`^Node ${version} is too old: .*20\\.20\\.0 or newer\\.$`),
    )
  })

  it.each(['20.20.0', '20.20.2', '22.0.0', '24.21.0'])('takes Node %s', (version) => {
    expect(nodeProblem(version)).toBeNull()
  })
})
