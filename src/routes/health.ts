/**
 * For whoever watches over the app. `GET /healthz`: the process can answer; it says nothing of
 * settings, store or model, so that no outage restarts the app. `GET /readyz`: the app can do its
 * work; a line for each check.
 *
 *     settings: ok | check NAME, NAME
 *     store: ok | memory only | none | writes fail | no answer
 *     model: demo | chat | completion | text-generation
 *
 * It answers 503 for settings to check (then there is no model either), and for a store that does
 * not do what it was set up for. A store in memory and the demo model work, and the owner who wants
 * others reads it here.
 */

import { Hono } from 'hono/tiny'
import type { ProtocolName } from '../model/endpoint.ts'
import { type Store, WritesFailError } from '../store/store.ts'

export interface HealthDeps {
  /** The settings that are missing or invalid, by name. */
  readonly badSettings: readonly string[]
  /** Null when there is none to check. */
  readonly store: Store | null
  /**
   * What answers: the demo model, or the protocol that is spoken with a model server. Null while
   * settings are to be checked.
   */
  readonly model: 'demo' | ProtocolName | null
}

type StoreState = 'ok' | 'memory only' | 'none' | 'writes fail' | 'no answer'

export function healthRoutes({ badSettings, store, model }: HealthDeps): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      const settings = badSettings.length === 0 ? 'ok' : `check ${badSettings.join(', ')}`
      const state = store ? await stateOf(store) : 'none'
      const ready = settings === 'ok' && state !== 'no answer' && state !== 'writes fail'
      const lines = [
        `settings: ${settings}`,
        `store: ${state}`,
        ...(model ? [`model: ${model}`] : []),
      ]
      return c.text(`${lines.join('\n')}\n`, ready ? 200 : 503)
    })
}

/** Why the store does not answer is for the log of the turns that need it: anybody may ask here. */
async function stateOf(store: Store): Promise<StoreState> {
  try {
    await store.check()
  } catch (error) {
    return error instanceof WritesFailError ? 'writes fail' : 'no answer'
  }
  return store.kind === 'memory' ? 'memory only' : 'ok'
}
