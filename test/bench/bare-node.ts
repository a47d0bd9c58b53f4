/** A bare pass-through proxy on the app's server library: what any app at all costs on Node. */

import { serve } from '@hono/node-server'

const model = process.env['HF_MODEL_URL'] ?? ''

serve(
  {
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const headers = { 'Content-Type': 'application/json' }
      const upstream = await fetch(model, { method: 'POST', headers, body: await request.text() })
      const type = upstream.headers.get('Content-Type') ?? ''
      return new Response(upstream.body, { headers: { 'Content-Type': type } })
    },
  },
  ({ port }) => console.log(`listening at http://localhost:${port}`),
)
