import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { toExampleFile, toReadmeTable } from '../../src/settings/documents.ts'
import { parseNodeSettings, parseSettings } from '../../src/settings/settings.ts'
import { NODE_ROWS, SETTING_NAMES, SHARED_ROWS } from '../../src/settings/table.ts'

const fileOf = (name: string) => new URL(`../../${name}`, import.meta.url).pathname
const SECRET = 'thirty-two characters or a few more'

describe('.dev.vars.example', () => {
  it('is what the table makes', async () => {
    await expect(toExampleFile()).toMatchFileSnapshot(fileOf('.dev.vars.example'))
  })

  it('is within 100 columns where it can be wrapped', () => {
    const long = toExampleFile()
      .split('\n')
      .filter((line) => line.startsWith('# ') && line.length > 100)
    expect(long.map((line) => line.split('=')[0])).toEqual(['# SYSTEM_PROMPT'])
  })

  it('has values that can be used as they are, once there is a secret', () => {
    const lines = toExampleFile()
      .replaceAll(/^# (?=[A-Z_]+=)/gm, '')
      .replace('SESSION_SECRET=', `SESSION_SECRET=${SECRET}`)
    const given = parseEnv(lines)
    expect(Object.keys(given).sort()).toEqual([...SETTING_NAMES].sort())
    expect([parseSettings(given), parseNodeSettings(given)]).toMatchObject([
      { ok: true },
      { ok: true },
    ])
  })
})

describe("README's settings", () => {
  it('are what the table makes', async () => {
    const readme = readFileSync(fileOf('README.md'), 'utf8')
    const parts = readme.split(/^\| Name \| Default \| Meaning \|\n(?:\|.*\n)*/m)
    expect(parts).toHaveLength(2)
    await expect(parts.join(toReadmeTable())).toMatchFileSnapshot(fileOf('README.md'))
  })
})

describe('the table', () => {
  it('has defaults that read, but for the secret', () => {
    const unreadable = Object.entries({ ...SHARED_ROWS, ...NODE_ROWS })
      .filter(([, { read, byDefault }]) => read(byDefault).kind !== 'good')
      .map(([name]) => name)
    expect(unreadable).toEqual(['SESSION_SECRET'])
  })

  it('calls no two settings the same', () => {
    const keys = Object.values({ ...SHARED_ROWS, ...NODE_ROWS }).map(({ key }) => key)
    expect(new Set(keys).size).toBe(SETTING_NAMES.length)
  })
})
