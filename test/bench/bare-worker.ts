/**
 * A bare pass-through proxy as a Worker: what any app at all costs in workerd. With the variable
 * RELAY it takes each piece in JavaScript and writes it again as it came, where without it the
 * runtime itself passes the body on: the least that a Worker costs which looks at the pieces.
 */

interface Bindings {
  readonly HF_MODEL_URL: string
  readonly RELAY?: string
}

export default {
  async fetch(request: Request, { HF_MODEL_URL, RELAY }: Bindings): Promise<Response> {
    const headers = { 'Content-Type': 'application/json' }
    const body = await request.text()
    const upstream = await fetch(HF_MODEL_URL, { method: 'POST', headers, body })
    const type = upstream.headers.get('Content-Type') ?? ''
    const pieces = RELAY && upstream.body ? relay(upstream.body) : upstream.body
    return new Response(pieces, { headers: { 'Content-Type': type } })
  },
}

function relay(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
