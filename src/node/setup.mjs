/**
 * Installs the dependencies when those that are there are not those of `package-lock.json`, tools
 * included, whatever `NODE_ENV` says. When nothing has to be done, it takes milliseconds and no
 * network. It runs before anything is installed, so it is plain JavaScript and imports nothing but
 * Node's own modules.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../..', import.meta.url))
const bin = join(folder, 'node_modules', '.bin')

if (!isInstalled()) {
  // npm must not run on the Node that it replaces.
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

/**
 * True when every package that npm has installed is the one of `package-lock.json`, and only
 * packages for other platforms are missing.
 */
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
 * In the PATH of npm's scripts, the Node that comes with the dependencies stands before every
 * other. It is built for glibc and does not run on a system with musl, like Alpine. There it is
 * removed, so that the system's own Node is found.
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
