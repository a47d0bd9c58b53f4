/** What a model on the network needs to be told. */

import type { Endpoint } from './endpoint.ts'

/** A turn in all takes at most so many times `TIMEOUT_MS`. */
export const TURN_TIMEOUTS = 4

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
