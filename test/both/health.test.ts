import { describe, expect, it } from 'vitest'
import { type HealthDeps, healthRoutes } from '../../src/routes/health.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { type Store, WritesFailError } from '../../src/store/store.ts'

const memory = createMemoryStore({ now: Date.now, maxChars: 1000 })
const checking = (check: Store['check']): Store => ({ ...memory, kind: 'sqlite', check })

async function ask(deps: Partial<HealthDeps>): Promise<[number, string]> {
  const routes = healthRoutes({ badSettings: [], store: null, model: 'demo', ...deps })
  const response = await routes.request('/readyz')
  return [response.status, await response.text()]
}

describe('GET /readyz', () => {
  it.each<[Partial<HealthDeps>, number, string]>([
    [{}, 200, 'settings: ok\nstore: none\nmodel: demo\n'],
    [{ model: 'chat' }, 200, 'settings: ok\nstore: none\nmodel: chat\n'],
    [{ store: memory }, 200, 'settings: ok\nstore: memory only\nmodel: demo\n'],
    [{ store: checking(async () => {}) }, 200, 'settings: ok\nstore: ok\nmodel: demo\n'],
    [
      { store: checking(() => Promise.reject(new Error('geheim'))) },
      503,
      'settings: ok\nstore: no answer\nmodel: demo\n',
    ],
    [
      { store: checking(() => Promise.reject(new WritesFailError('geheim'))) },
      503,
      'settings: ok\nstore: writes fail\nmodel: demo\n',
    ],
    [
      { badSettings: ['PORT', 'HF_TOKEN'], model: null },
      503,
      'settings: check PORT, HF_TOKEN\nstore: none\n',
    ],
  ])('answers for %j', async (deps, status, text) => {
    expect(await ask(deps)).toEqual([status, text])
  })
})
