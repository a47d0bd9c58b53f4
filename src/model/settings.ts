/** The settings of the model, and what a model on the network needs to be told. */

import {
  anyText,
  good,
  oneOf,
  type Problem,
  type Reading,
  setting,
  type Values,
  whole,
  wrong,
} from '../setting.ts'
import { type Endpoint, PROTOCOL_NAMES, resolveEndpoint } from './endpoint.ts'

/** A turn in all takes at most so many times `TIMEOUT_MS`. */
export const TURN_TIMEOUTS = 4

const ROUTER_HOST = 'router.huggingface.co'
const ROUTER_URL = `https://${ROUTER_HOST}/v1/chat/completions`

export const modelRows = {
  HF_TOKEN: setting({
    key: 'token',
    byDefault: '',
    defaultWords: 'none: demo model',
    example: 'hf_...',
    read: readToken,
    secret: true,
    about: [
      'Hugging Face token from https://huggingface.co/settings/tokens with the permission "Make calls to Inference Providers".',
      'Without a token and a URL the built-in demo model answers.',
    ],
  }),
  HF_MODEL_URL: setting({
    key: 'modelUrl',
    // Not the router: without a token and a URL there is no model on the network.
    byDefault: '',
    defaultWords: `\`${ROUTER_URL}\``,
    example: ROUTER_URL,
    read: anyText,
    about: [
      'Where the model is.',
      'A server of your own, like TGI, vLLM, llama.cpp (`http://127.0.0.1:8080/v1`) or Ollama (`http://127.0.0.1:11434/v1`), needs no token.',
      'Plain `http://` is for private addresses only.',
    ],
  }),
  HF_MODEL: setting({
    key: 'modelId',
    byDefault: 'meta-llama/Llama-3.1-8B-Instruct',
    read: anyText,
    about: [
      'Model id, as the server at `HF_MODEL_URL` knows it; for the router see https://huggingface.co/models?inference_provider=all.',
      'Ollama and vLLM answer only to the name of a model that they have, like `llama3.2`.',
    ],
  }),
  HF_PROTOCOL: setting({
    key: 'protocol',
    byDefault: 'auto',
    read: oneOf(['auto', ...PROTOCOL_NAMES]),
    about: ['`auto`, `chat`, `completion` or `text-generation`.', '`auto` reads it off the URL.'],
  }),
  MAX_NEW_TOKENS: setting({
    key: 'maxNewTokens',
    byDefault: '200',
    read: whole(1, 100_000),
    about: ['Tokens a reply may have at most.'],
  }),
  TIMEOUT_MS: setting({
    key: 'timeoutMs',
    byDefault: '30000',
    read: whole(100, 600_000),
    about: [
      "Milliseconds to wait for the model's headers, for its first text, and between two texts.",
      'A turn in all takes at most four times this.',
    ],
  }),
}

/** A model on a Hugging Face router, endpoint, TGI, vLLM, llama.cpp or Ollama server. */
export interface ModelSettings {
  /** `HF_MODEL_URL` and `HF_PROTOCOL` */
  readonly endpoint: Endpoint
  /** `HF_MODEL`: id sent in chat and completion requests. */
  readonly model: string
  /** `HF_TOKEN`, sent to the endpoint's origin only; empty for a server that needs none. */
  readonly token: string
  /** `MAX_NEW_TOKENS`: tokens a reply may have at most. */
  readonly maxNewTokens: number
  /** `TIMEOUT_MS`: longest wait for headers, for the first text, and between two texts. */
  readonly timeoutMs: number
}

/**
 * What the model's settings say together. The model is null for the demo model, which answers when
 * there is neither a token nor a URL; and when there is a problem.
 */
export function combineModel({
  token,
  modelUrl,
  modelId,
  protocol,
  maxNewTokens,
  timeoutMs,
}: Values<typeof modelRows>): {
  readonly model: ModelSettings | null
  readonly problems: readonly Problem[]
} {
  if (token === '' && modelUrl === '') return { model: null, problems: [] }
  const resolved = resolveEndpoint(modelUrl || ROUTER_URL, protocol)
  if (!resolved.ok) return refuse({ name: 'HF_MODEL_URL', text: resolved.problem, missing: false })
  const { endpoint } = resolved
  if (token === '' && new URL(endpoint.url).hostname === ROUTER_HOST) {
    const text = 'is needed for the Hugging Face router'
    return refuse({ name: 'HF_TOKEN', text, missing: true })
  }
  return { model: { endpoint, model: modelId, token, maxNewTokens, timeoutMs }, problems: [] }
}

function refuse(problem: Problem & { readonly name: keyof typeof modelRows }) {
  return { model: null, problems: [problem] }
}

function readToken(text: string): Reading<string> {
  return /[^\x21-\x7e]/.test(text)
    ? wrong('must be one word of plain letters, digits and signs', text)
    : good(text)
}
