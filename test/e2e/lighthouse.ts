/**
 * Lighthouse on the page as a phone with a slow network sees it, empty and with a conversation. Prints the scores and fails below 100 for
 * accessibility, best practices and SEO, or below 95 for performance. It is not among the dependencies: npx fetches it (185 MB).
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBrowser } from '../support/browser.ts'
import { startOnNode } from '../support/start.ts'
import { createVisitor } from '../support/visitor.ts'

const VERSION = '12.8.2'
const LEAST: Readonly<Record<string, number>> = {
  accessibility: 100,
  'best-practices': 100,
  seo: 100,
  performance: 95,
}

const folder = mkdtempSync(join(tmpdir(), 'lighthouse-'))
const app = await startOnNode({ LOG_LEVEL: 'off' })
const visitor = createVisitor(app.url)
for (const message of ['Hello there', 'Show me some Markdown']) await visitor.say(message)

let failed = false
for (const [name, headers] of Object.entries({
  empty: {},
  conversation: { Cookie: visitor.cookie() },
})) {
  const report = join(folder, `${name}.json`)
  execFileSync(
    'npx',
    [
      '--yes',
      `lighthouse@${VERSION}`,
      app.url,
      '--quiet',
      '--output=json',
      `--output-path=${report}`,
      `--only-categories=${Object.keys(LEAST).join(',')}`,
      `--extra-headers=${JSON.stringify(headers)}`,
      '--chrome-flags=--headless=new --no-sandbox',
    ],
    {
      env: { ...process.env, CHROME_PATH: findBrowser() ?? '' },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const { categories, audits } = JSON.parse(readFileSync(report, 'utf8'))
  for (const [category, least] of Object.entries(LEAST)) {
    const score = Math.round(100 * categories[category].score)
    console.log(`${name}: ${category} ${score}`)
    if (score >= least) continue
    failed = true
    for (const { id } of categories[category].auditRefs) {
      const { score: audit, title } = audits[id]
      if (audit !== null && audit < 1) console.log(`  ${id}: ${title}`)
    }
  }
}
await app.close()
rmSync(folder, { recursive: true })
process.exitCode = failed ? 1 : 0
