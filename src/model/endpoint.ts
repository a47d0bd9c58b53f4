/**
 * Where the model is and which protocol it speaks, from its URL alone. Never by trial requests:
 * those could be billed twice. Pure. The owner's mistakes come back as a sentence for the start-up
 * message.
 */

import { isPrivateHost } from './private-host.ts'

/** The protocols by the names that `HF_PROTOCOL` gives them. */
export const PROTOCOL_NAMES = ['chat', 'completion', 'text-generation'] as const
export type ProtocolName = (typeof PROTOCOL_NAMES)[number]

export interface Endpoint {
  readonly url: string
  readonly protocol: ProtocolName
}

export type EndpointResult =
  | { readonly ok: true; readonly endpoint: Endpoint }
  | { readonly ok: false; readonly problem: string }

const ROUTER = 'router.huggingface.co'
/** The retired serverless host: answers 410 Gone, or no longer resolves. */
const LEGACY = 'api-inference.huggingface.co'

/**
 * Reads `HF_MODEL_URL`. A full path says its protocol: `…/chat/completions`, `…/completions`,
 * `…/generate`, or the tutorial-style `…/models/ID` off the router. To `…/v1` and anything else the
 * route of the protocol is added.
 *
 * @param protocol `auto`, or the protocol that the owner insists on
 */
export function resolveEndpoint(raw: string, protocol: ProtocolName | 'auto'): EndpointResult {
  const url = URL.canParse(raw) ? new URL(raw) : null
  if (!url || !/^https?:$/.test(url.protocol))
    return problem('must be a URL that starts with http:// or https://')
  if (url.username || url.password) return problem('must not hold a user name or password')
  if (url.hostname === LEGACY) {
    return problem(
      `names a host that Hugging Face has switched off; use https://${ROUTER}/v1 and set HF_MODEL`,
    )
  }
  if (url.protocol === 'http:' && !isPrivateHost(url.hostname)) {
    return problem('must use https:// unless the model server is on a private address')
  }
  const path = url.pathname.replace(/\/+$/, '')
  const chosen = protocol === 'auto' ? protocolOf(url.hostname, path) : protocol
  url.pathname = withRoute(path, chosen)
  url.hash = ''
  return { ok: true, endpoint: { url: url.href, protocol: chosen } }
}

function protocolOf(hostname: string, path: string): ProtocolName {
  if (/\/chat\/completions$/.test(path)) return 'chat'
  if (/\/completions$/.test(path)) return 'completion'
  if (/\/generate(?:_stream)?$/.test(path)) return 'text-generation'
  if (/\/v1$/.test(path)) return 'chat'
  if (hostname !== ROUTER && /\/models\/[^/]+(?:\/[^/]+)?$/.test(path)) return 'text-generation'
  return 'chat'
}

function withRoute(path: string, protocol: ProtocolName): string {
  if (protocol === 'text-generation') return path.replace(/\/generate_stream$/, '/generate') || '/'
  const route = protocol === 'chat' ? '/chat/completions' : '/completions'
  const base = path.replace(/(?:\/chat)?\/completions$/, '')
  if (base !== path) return `${base}${route}`
  return /\/v1$/.test(path) ? `${path}${route}` : `${path}/v1${route}`
}

function problem(text: string): EndpointResult {
  return { ok: false, problem: text }
}
