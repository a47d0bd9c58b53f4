/** `GET /healthz`: the process can answer. Says nothing of settings or the model, so that no outage restarts the app. */

import { Hono } from 'hono'

export function healthRoutes(): Hono {
  return new Hono().get('/healthz', (c) => c.json({ status: 'ok' }))
}
