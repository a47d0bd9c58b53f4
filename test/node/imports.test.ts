import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../../src', import.meta.url))

/** Rooms from the lowest to the highest; a file may import from its own room and from lower ranks. */
const RANKS: readonly (readonly string[])[] = [
  ['bounds', 'wire', 'errors', 'log', 'setting'],
  ['signing'],
  ['store', 'model', 'markdown'],
  ['conversation'],
  ['session'],
  ['context', 'http', 'page'],
  ['routes'],
  // No room reads the settings: each is handed its part.
  ['settings'],
  ['app'],
  ['parts'],
  ['node', 'worker', 'dev'],
]
/** Rooms that do not know each other although their ranks would allow it. */
const STRANGERS: readonly (readonly [string, string])[] = [
  ['model', 'store'],
  ['model', 'signing'],
  // A store asks for a sealer and does not know who seals.
  ['store', 'signing'],
  ['model', 'markdown'],
  ['store', 'markdown'],
  ['signing', 'markdown'],
  ['page', 'http'],
  ['page', 'store'],
]
/** The file through which the room `http` shows a person an error knows the page. */
const ACQUAINTED: readonly string[] = [join('http', 'answer-error.tsx')]
/** All that a store may know besides its own room: an engine's file is about that engine. */
const KNOWN_TO_STORES = ['wire', 'errors', 'log', 'setting', 'bounds']
const ENTRIES = ['worker.ts', 'node.ts', 'dev.ts']

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith(`client${sep}`))
  .map((path) => ({ path, text: readFileSync(join(src, path), 'utf8') }))

/** The page's script: what it knows of the server, what it shows, and above both what connects. */
const CLIENT_RANKS: readonly (readonly string[])[] = [
  ['dom', 'state', 'theme'],
  ['net'],
  ['view'],
  ['draw'],
  ['store'],
  ['turn', 'actions'],
  ['app'],
]
const clientFiles = readdirSync(join(src, 'client'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => join('client', path))
  .map((path) => ({ path, text: readFileSync(join(src, path), 'utf8') }))

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) =>
    relative(src, join(src, dirname(path), target)),
  )
}

/** The entries, the room `node`, and by their names the files that only Node's entry loads. */
const knowsRuntime = (path: string) =>
  ENTRIES.includes(path) || roomOf(path) === 'node' || basename(path).startsWith('node-')
const roomOf = (path: string) => (path.split(sep)[0] ?? '').replace(/\.tsx?$/, '')
const rankOf = (path: string) => RANKS.findIndex((rooms) => rooms.includes(roomOf(path)))

describe('imports', () => {
  it('sees every file in a room', () => {
    expect(files.length).toBeGreaterThan(25)
    expect(files.filter(({ path }) => rankOf(path) < 0).map(({ path }) => path)).toEqual([])
  })

  it('point down', () => {
    const upward = files.flatMap(({ path, text }) =>
      importsOf(path, text)
        .filter((target) => rankOf(target) > rankOf(path))
        .map((target) => `${path} -> ${target}`),
    )
    expect(upward).toEqual([])
  })

  it('keep strangers apart', () => {
    const met = files.flatMap(({ path, text }) =>
      importsOf(path, text)
        .filter(() => !ACQUAINTED.includes(path))
        .filter((target) =>
          STRANGERS.some(
            (pair) =>
              pair.includes(roomOf(path)) &&
              pair.includes(roomOf(target)) &&
              roomOf(path) !== roomOf(target),
          ),
        )
        .map((target) => `${path} -> ${target}`),
    )
    expect(met).toEqual([])
  })

  it('form no cycle', () => {
    const graph = new Map(files.map(({ path, text }) => [path, importsOf(path, text)]))
    const finished = new Set<string>()
    const visit = (path: string, trail: readonly string[]): void => {
      expect(trail, `cycle: ${[...trail, path].join(' -> ')}`).not.toContain(path)
      if (finished.has(path)) return
      for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
      finished.add(path)
    }
    for (const path of graph.keys()) visit(path, [])
    expect(finished.size).toBe(files.length)
  })

  // Workers have `node:buffer` and `node:zlib`, too.
  it('leave the runtime to the entries', () => {
    const knowing = files.filter(
      ({ path, text }) =>
        !knowsRuntime(path) &&
        /(?:from |import\()'(?:node:(?!buffer'|zlib')|cloudflare:|redis')|\bprocess\.\w|executionCtx/.test(
          text,
        ),
    )
    expect(knowing.map(({ path }) => path)).toEqual([])
  })

  it('keep what knows Node out of the Worker', () => {
    const reached = new Set(['worker.ts'])
    for (const path of reached) {
      const text = files.find((file) => file.path === path)?.text ?? ''
      for (const target of importsOf(path, text)) reached.add(target)
    }
    expect(reached.size).toBeGreaterThan(25)
    const onNodeOnly = (path: string) =>
      roomOf(path) === 'node' || basename(path).startsWith('node')
    expect([...reached].filter(onNodeOnly)).toEqual([])
  })

  it('let a store know its engine and little else', () => {
    const foreign = files
      .filter(({ path }) => roomOf(path) === 'store')
      .flatMap(({ path, text }) => importsOf(path, text).map(roomOf))
      .filter((room) => room !== 'store' && !KNOWN_TO_STORES.includes(room))
    expect(foreign).toEqual([])
  })

  it('leave marked to the files that read Markdown, without the global instance', () => {
    // The file that writes the HTML knows the types of what was read.
    const knowing = files.filter(({ text }) => /import \{[^}]+\} from 'marked'/.test(text))
    expect(knowing.map(({ path }) => path).sort()).toEqual(
      ['lexer', 'rules', 'tokenizer'].map((name) => join('markdown', `${name}.ts`)),
    )
    for (const { text } of knowing) {
      expect(/import (\{[^}]+\}) from 'marked'/.exec(text)?.[1]).not.toMatch(/\bmarked\b/)
    }
  })

  it("give the page's script the wire types and nothing else of the server", () => {
    const foreign = clientFiles.flatMap(({ path, text }) =>
      importsOf(path, text).filter((target) => roomOf(target) !== 'client' && target !== 'wire.ts'),
    )
    expect(clientFiles.length).toBeGreaterThan(20)
    expect(foreign).toEqual([])
  })

  it("point down in the page's script, too", () => {
    const rank = (path: string) => {
      const room = (path.split(sep)[1] ?? '').replace(/\.ts$/, '')
      return CLIENT_RANKS.findIndex((rooms) => rooms.includes(room))
    }
    expect(clientFiles.filter(({ path }) => rank(path) < 0)).toEqual([])
    const upward = clientFiles.flatMap(({ path, text }) =>
      importsOf(path, text)
        .filter((target) => target !== 'wire.ts' && rank(target) > rank(path))
        .map((target) => `${path} -> ${target}`),
    )
    expect(upward).toEqual([])
  })
})
