/**
 * Installs the dependencies when what `package-lock.json` asks for is not what is there, tools included, whatever `NODE_ENV` says. Takes
 * milliseconds, and no network, when nothing has to be done. Runs before anything is installed, so it is plain JavaScript and imports
 * nothing that Node does not bring.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../..', import.meta.url))
const bin = join(folder, 'node_modules', '.bin')

if (!isInstalled()) {
  // npm must not run on the Node that it is about to replace.
  const PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => resolve(entry) !== bin)
    .join(delimiter)
  const options = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  try {
    execFileSync('npm', ['ci', ...options], {
      cwd: folder,
      env: { ...process.env, PATH },
      stdio: 'inherit',
      shell: process.platform === 'win32',
    })
  } catch {
    console.error('Cannot install the dependencies: npm says above why.')
    process.exit(1)
  }
}
useNodeThatRuns()

/** True when every package that npm has noted down is the one of `package-lock.json`, and none is missing but those of other platforms. */
function isInstalled() {
  const wanted = readPackages('package-lock.json')
  const found = readPackages('node_modules/.package-lock.json')
  if (!wanted || !found) return false
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const there = found[path]
    if (path === '' || (!there && optional)) return true
    return there?.version === version && there?.integrity === integrity
  })
}

/** @returns {Record<string, {version?: string, integrity?: string, optional?: boolean}> | null} */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(folder, path), 'utf8')).packages ?? null
  } catch {
    return null
  }
}

/**
 * The Node that comes with the dependencies stands before every other in the PATH of npm's scripts. It is built for glibc, and on a
 * system with musl, like Alpine, it does not run: then it goes out of the way of the system's own.
 */
function useNodeThatRuns() {
  const brought = join(bin, 'node')
  const isThisOne = process.execPath.startsWith(join(folder, 'node_modules') + sep)
  if (isThisOne || process.platform === 'win32' || !existsSync(brought)) return
  const { status } = spawnSync(brought, ['--version'], { stdio: 'ignore' })
  if (status === 0) return
  rmSync(brought, { force: true })
  console.error(
    `The Node of the dependencies needs glibc and does not run here: yours, ${process.version}, is used. Tests and "npm run dev" need glibc, as in the image node:24-slim.`,
  )
}
