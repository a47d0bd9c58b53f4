/** The app in this process, with a model that always answers and whatever else a test wants to choose. */

import { createApp } from '../../src/app.ts'
import { createArchive } from '../../src/conversation/archive/archive.ts'
import { createShares } from '../../src/conversation/copy.ts'
import { createReceipts } from '../../src/conversation/receipt.ts'
import type { Log } from '../../src/log.ts'
import { textOf } from '../../src/model/content.ts'
import type { Message, Model } from '../../src/model/model.ts'
import { createSessionParts } from '../../src/session/sessions.ts'
import { parseSettings } from '../../src/settings/settings.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import type { Store } from '../../src/store/store.ts'
import { layered } from './layered.ts'
import { textModel } from './text-model.ts'

export const SECRET = 'a secret of the tests long enough to sign with'
/** Where requests of `app.request` seem to go. */
export const ORIGIN = 'http://localhost'

export interface ChatAppOptions {
  readonly store?: Store | null
  readonly secrets?: readonly string[]
  readonly maxAgeSeconds?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly log?: Log
  /** None by default, so that what a store does shows at once. */
  readonly cacheChars?: number
  /** Gives the pieces of a reply. By default it says `Answer to <message>` in two. */
  readonly model?: Model
  readonly stopping?: AbortSignal
  readonly maxConversations?: number
  /** 0 by default, so that a conversation is parked in the second step. */
  readonly safeAfterSeconds?: number
}

/** Builds an app. Two of them with the same secrets and store are like two processes. */
export function createChatApp({
  store = null,
  secrets = [SECRET],
  maxAgeSeconds = 604_800,
  now = Date.now,
  log = () => {},
  cacheChars = 0,
  model = createEcho().model,
  stopping,
  maxConversations = 40,
  safeAfterSeconds = 0,
}: ChatAppOptions = {}) {
  const parsed = parseSettings({ SESSION_SECRET: secrets.join(',') })
  if (!parsed.ok) throw new Error('The settings of this test are not valid')
  const settings = { ...parsed.value, maxConversations }
  const tokens = createTokens(secrets)
  const values = store && layered(store, { sealer: tokens, log, cacheChars })
  const archive = createArchive({ store: values, log })
  const common = { store: values, log, maxAgeSeconds, now }
  const sessions = createSessionParts({ ...common, tokens, archive, safeAfterSeconds })
  const shares = createShares(common)
  const receipts = createReceipts(tokens)
  const service = { settings, model, sessions, archive, shares, store, receipts }
  return {
    app: createApp({ log, service, ...(stopping && { stopping }) }),
    tokens,
    archive,
    cookies: sessions.cookies,
    receipts,
  }
}

export interface Echo {
  readonly model: Model
  /** What the model was asked, the newest last. */
  readonly prompts: (readonly TextMessage[])[]
}

/** A message that holds text alone, as all of these apps do. */
interface TextMessage extends Message {
  readonly content: string
}

/** A model that says `Answer to <message>` in two pieces. */
export function createEcho(): Echo {
  const prompts: (readonly TextMessage[])[] = []
  return {
    prompts,
    model: textModel('echo', async function* (messages) {
      const asked = messages.map(({ role, content }) => ({ role, content: textOf(content) }))
      prompts.push(asked)
      yield 'Answer to '
      yield asked.at(-1)?.content ?? ''
      return 'stop'
    }),
  }
}
