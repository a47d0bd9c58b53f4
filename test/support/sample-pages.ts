/** Serves sample pages with the app's files and policy, so that a browser can be asked about them. */

import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { AppEnv } from '../../src/context.ts'
import { securityHeaders } from '../../src/http/security-headers.ts'
import { staticFiles } from '../../src/node/static.ts'
import { type Listening, listen } from './listen.ts'

/** @param pages HTML by name: `/name` serves it */
export function serveSamples(pages: Readonly<Record<string, string>>): Promise<Listening> {
  const app = new Hono<AppEnv>()
    .use(securityHeaders())
    .use(staticFiles(fileURLToPath(new URL('../../static', import.meta.url))))
    .get('/:name', (c) => {
      const html = pages[c.req.param('name')]
      return html === undefined ? c.notFound() : c.html(html)
    })
  return listen(createServer(getRequestListener(app.fetch)))
}
