/**
 * For whoever watches over the app. `GET /healthz`: the process can answer; it says nothing of settings, store or model, so that no outage
 * restarts the app. `GET /readyz`: the app can do its work; a line for each check, like `store: ok`.
 */

import { Hono } from 'hono/tiny'
import type { Store } from '../store/store.ts'

export interface HealthDeps {
  /** The settings that are missing or invalid, by name. */
  readonly badSettings: readonly string[]
  /** Null when there is none to check. */
  readonly store: Store | null
}

export function healthRoutes({ badSettings, store }: HealthDeps): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      const settings = badSettings.length === 0 ? 'ok' : `check ${badSettings.join(', ')}`
      const storeState = store ? await stateOf(store) : 'none'
      const ready = settings === 'ok' && storeState !== 'no answer'
      return c.text(`settings: ${settings}\nstore: ${storeState}\n`, ready ? 200 : 503)
    })
}

/** Why the store does not answer is for the log of the turns that need it: anybody may ask here. */
function stateOf(store: Store): Promise<'ok' | 'no answer'> {
  return store.check().then(
    () => 'ok',
    () => 'no answer',
  )
}
