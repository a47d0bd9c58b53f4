import { fileURLToPath } from 'node:url'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { findModel } from './real/install.ts'
import { findBrowser } from './support/browser.ts'
import { findFirefox } from './support/firefox.ts'
import { findNginx } from './support/nginx.ts'
import { findRedisServer } from './support/redis-server.ts'

process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ??= 'false'
process.env['WRANGLER_SEND_METRICS'] ??= 'false'
process.env['WRANGLER_LOG_PATH'] ??= '.wrangler/logs'

const root = fileURLToPath(new URL('..', import.meta.url))
const globalSetup = [`${root}test/support/global-setup.ts`]
const browser = findBrowser()
if (!browser) {
  console.warn('No chromium here: the browser tests are left out. CHAT_TEST_BROWSER may name one.')
}
const firefox = findFirefox()
if (!firefox) console.warn('No firefox here: its tests are left out.')
const redis = findRedisServer()
if (!redis) console.warn('No redis-server here: the tests with Redis are left out.')
const nginx = findNginx()
if (!nginx) console.warn('No nginx here: the test of its lines in README is left out.')
const model = findModel()
if (model.kind === 'missing') {
  const line = `No real model here: its tests are left out. ${model.sentence}`
  if (process.env['REAL_MODEL'] === 'required') throw new Error(line)
  console.warn(line)
}

export default defineConfig({
  root,
  test: {
    projects: [
      // Every unit test runs twice, on Node and inside workerd; what speaks HTTP from outside runs once against both.
      { test: { name: 'node', globalSetup, include: ['test/both/**/*.test.ts'] } },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: `${root}wrangler.toml` } })],
        test: { name: 'workerd', globalSetup, include: ['test/{both,workerd}/**/*.test.ts'] },
      },
      {
        test: {
          name: 'outside',
          globalSetup,
          include: [
            'test/{node,contract}/**/*.test.ts',
            ...(browser ? ['test/e2e/**/*.test.ts'] : []),
          ],
          exclude: [
            ...(redis ? [] : ['test/node/{node-redis,several-processes}.test.ts']),
            ...(nginx ? [] : ['test/node/nginx.test.ts']),
            ...(firefox ? [] : ['test/e2e/firefox.test.ts']),
          ],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'real',
          globalSetup,
          include: model.kind === 'installed' ? ['test/real/**/*.test.ts'] : [],
          // A model is slow on a busy machine.
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
})
