/**
 * For whoever watches over the app.
 *
 * `GET /healthz` says that the process can answer. It says nothing of settings, store or model, so
 * that no outage of theirs restarts the app. `GET /readyz` says whether the app can do its work,
 * with a line for each check:
 *
 *     settings: ok | check NAME, NAME
 *     store: ok | memory only | none | writes fail | no answer
 *     model: demo | chat | completion | text-generation
 *
 * It answers 503 for settings to check (then there is no model either), and for a store that does
 * not do what it was set up for. A store in memory and the demo model work; the owner who wants
 * others reads here that these are used.
 */

import { Hono } from 'hono'
import type { AppEnv } from '../context.ts'
import type { ProtocolName } from '../model/endpoint.ts'
import { type Store, WritesFailError } from '../store/store.ts'

export interface HealthDeps {
  /** The settings that are missing or invalid, by name. */
  readonly badSettings: readonly string[]
  /** Null when there is none to check. */
  readonly store: Store | null
  /**
   * What answers: the demo model, or the protocol that is spoken with a model server. Null while
   * there are settings to check.
   */
  readonly model: 'demo' | ProtocolName | null
}

type StoreState = 'ok' | 'memory only' | 'none' | 'writes fail' | 'no answer'

/** Creates both routes. They need no session. */
export function healthRoutes({ badSettings, store, model }: HealthDeps) {
  return new Hono<AppEnv>()
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

/**
 * Anybody may ask here, so why the store does not answer stands only in the log of the turns that
 * need it.
 */
async function stateOf(store: Store): Promise<StoreState> {
  try {
    await store.check()
  } catch (error) {
    return error instanceof WritesFailError ? 'writes fail' : 'no answer'
  }
  return store.kind === 'memory' ? 'memory only' : 'ok'
}
