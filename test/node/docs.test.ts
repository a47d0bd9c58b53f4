import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const design = read('docs/design.md')
const codeSpans = [...design.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text)
const pictures = [...design.matchAll(/^```\n(.*?)^```$/gms)].map(([, text = '']) => text).join('')

/** The statuses of the codes, as `src/errors.ts` tells them: `case 'cross_site': return [403, …`. */
const statuses = new Map(
  [...read('src/errors.ts').matchAll(/case '(\w+)':[^[]*\[\s*(\d{3}),/g)].map(
    ([, code = '', status = '']) => [code, status],
  ),
)

const isThere = (path: string): boolean => existsSync(fileURLToPath(new URL(path, root)))

describe('docs/design.md', () => {
  it('names files that exist', () => {
    const paths = codeSpans.filter((text) => /^(?:src|test|docs|static)\/\S*$/.test(text))
    expect(paths.length).toBeGreaterThan(40)
    expect(paths.filter((path) => !isThere(path))).toEqual([])
  })

  it('names layers and engines that exist in its pictures', () => {
    const names = [...pictures.matchAll(/\b(?:layers\/)?[\w-]+\.ts\b/g)].map(([name]) => name)
    expect(names.length).toBeGreaterThan(8)
    expect(names.filter((name) => !isThere(`src/store/${name}`))).toEqual([])
  })

  it('has a line for every room', () => {
    const rooms = readdirSync(new URL('src/', root), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/${name}/`)
    expect(rooms.length).toBeGreaterThan(10)
    expect(rooms.filter((room) => !codeSpans.includes(room))).toEqual([])
  })

  it('names commands that package.json has', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'))
    const commands = [...design.matchAll(/\bnpm (?:run )?([a-z][a-z:]*)/g)].map(([, name]) => name)
    expect(commands.length).toBeGreaterThan(5)
    expect(commands.filter((name) => name === undefined || !(name in scripts))).toEqual([])
  })

  it('gives every refusal its status, and leaves none out', () => {
    const told = [...pictures.matchAll(/\b([45]\d\d) ([a-z]+(?:_[a-z]+)*)\b/g)].map(
      ([, status = '', code = '']) => ({ status, code }),
    )
    expect(statuses.size).toBeGreaterThan(20)
    expect(told.filter(({ status, code }) => statuses.get(code) !== status)).toEqual([])
    const codes = new Set(told.map(({ code }) => code))
    // Nobody is there to be told that they have left.
    const untold = [...statuses.keys()].filter(
      (code) => code !== 'visitor_left' && !codes.has(code),
    )
    expect(untold).toEqual([])
  })
})

describe('README', () => {
  it('links to files that exist', () => {
    const links = [...read('README.md').matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(
      ([, path = '']) => path,
    )
    expect(links).toContain('docs/design.md')
    expect(links.filter((path) => !isThere(path))).toEqual([])
  })
})
