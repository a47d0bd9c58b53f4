/** One visitor: takes step after step, remembers what was seen, and says where the app does not remember the same. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryReply } from '../../src/wire.ts'
import type { SoakedApp } from './app.ts'
import { type Answer, type BrowserRequest, createBrowser } from './browser.ts'
import { type Chance, createChance } from './chance.ts'
import type { SoakModel } from './model.ts'
import { canFinish } from './plan.ts'
import type { HeldReceipt, SeenTurn } from './reference.ts'
import type { Report } from './report.ts'
import { drawStep, SLEEP_MS, type Step } from './step.ts'
import { createStreamReader, type StreamSeen } from './stream-reader.ts'
import { askAndReadNothing } from './unread.ts'

export interface VisitorOptions {
  readonly app: SoakedApp
  /** Seed, runtime and number: the same name draws the same steps. */
  readonly name: string
  /** Makes the mark of a step's message. */
  readonly markFor: (step: number) => string
  readonly isCalm: boolean
  readonly model: SoakModel
  readonly report: Report
  /** Aborts when the model may begin to answer 403. */
  readonly mayForbid: AbortSignal
  /** Aborts when no further step shall begin. */
  readonly over: AbortSignal
  /** Aborts when whoever still waits for an answer must leave. */
  readonly closing: AbortSignal
  /** Aborts when the app has ended or the soak is stopped. */
  readonly early: AbortSignal
}

/** A conversation is started over when it has so many turns, which bounds what a long soak remembers. */
const MAX_TURNS = 40
/** So many receipts are kept for later, and so many of them are sent at once. */
const MAX_KEPT = 12
const MAX_SENT = 4
/** A store that is slow for a moment makes turns unreadable for a moment. */
const HISTORY_TRIES = 3

/** Visits until it is over, then looks once more at the conversation. Never throws. */
export async function visit(options: VisitorOptions): Promise<void> {
  const { name, isCalm, report, mayForbid, over, closing, early } = options
  const visitor = createVisitor(options)
  closing.addEventListener('abort', visitor.leave)
  try {
    for (let number = 0; !over.aborted; number++) {
      const chance = createChance(`${name}/${number}`)
      const mood = isCalm ? 'behaves' : mayForbid.aborted ? 'forbids' : 'fails'
      const step = drawStep(chance, options.markFor(number), mood)
      await visitor.take(step, chance)
      await sleep(step.thinksMs, undefined, { signal: over }).catch(() => {})
    }
    if (!early.aborted) await visitor.lookBack()
  } catch (error) {
    report.fails(`a visitor: ${error instanceof Error ? error.stack : error}`)
  } finally {
    closing.removeEventListener('abort', visitor.leave)
    visitor.close()
  }
}

interface Visitor {
  take(step: Step, chance: Chance): Promise<void>
  /** Sends what is left to send and compares the conversation with what was seen. */
  lookBack(): Promise<void>
  leave(): void
  close(): void
}

function createVisitor({ app, isCalm, model, report, closing, early }: VisitorOptions): Visitor {
  const browser = createBrowser(app, report)
  const { reference } = browser
  /** Receipts that come along with the next message. */
  let next: HeldReceipt[] = []
  /** Receipts that are sent late, if at all, in another order, perhaps again, perhaps after the conversation's end. */
  let kept: HeldReceipt[] = []

  function fail(reason: string): void {
    // What breaks because all of it ended is not the visitor's to tell.
    if (!early.aborted && (isCalm || !closing.aborted))
      report.fails(`${isCalm ? 'a calm visitor: ' : ''}${reason}`)
  }

  async function commit(sent: readonly HeldReceipt[]): Promise<void> {
    if (sent.length === 0) return
    const known = new Set(reference.turns.map(({ mark }) => mark))
    const mustTake = sent.some(
      ({ conversation, turn }) =>
        conversation === reference.conversation && (known.has(turn.mark) || known.size < 9),
    )
    const [only] = sent
    const tokens = sent.map(({ token }) => token)
    const body = sent.length === 1 && only ? { receipt: only.token } : { receipts: tokens }
    const { ending, status } = await browser.send({ path: '/chat/commit', body, receipts: sent })
    if (ending.kind === 'left') return
    report.counts(`commits: ${status}`)
    const allowed = mustTake ? [200] : [200, 409, 410]
    if (!allowed.includes(status)) fail(`a commit was answered ${status}, ${tell(ending)}`)
  }

  /** A message that is answered at once, without events. */
  async function ask(step: Step): Promise<void> {
    const { deed, plan, departure } = step
    const turn = toTurn(step, plan.text, false)
    const isForm = deed === 'submits'
    const sent = isForm ? [] : next
    const body = isForm
      ? new URLSearchParams({ message: turn.user })
      : { message: turn.user, receipts: sent.map(({ token }) => token) }
    const request: BrowserRequest = {
      path: '/chat',
      body,
      ...(isForm && { accept: 'text/html' }),
      receipts: sent,
      adds: turn,
    }
    const leaving = departure && { afterMs: departure.after * 10, way: departure.way }
    const answer = await browser.send(request, undefined, leaving ?? undefined)
    next = next.filter((_, i) => isForm || !answer.settled.includes(i))
    checkAnswer(step, answer, isForm)
  }

  function checkAnswer({ plan }: Step, { ending, status, text }: Answer, isForm: boolean): void {
    if (ending.kind === 'left') {
      report.counts('left before an answer')
      model.left(plan.mark)
      if (isCalm) fail('had no answer at the end of the soak')
      return
    }
    if (ending.kind === 'broken') {
      fail(`an answer broke off: ${ending.why}`)
      return
    }
    if (status < 400) {
      report.counts(isForm ? 'turns by form' : 'turns by JSON')
      if (!canFinish(plan)) fail('a reply that the model did not finish was given as one')
      else if (!isForm && parse(text)['reply'] !== plan.text) fail('a reply is not what was said')
      return
    }
    if (isForm) report.counts(`failed turns: ${status} to a form`)
    else checkCode(parse(text)['code'])
    const code = isForm ? 'to a form' : parse(text)['code']
    if (isCalm) fail(`a message was answered ${status} ${code}`)
  }

  function checkCode(code: unknown): void {
    report.counts(`failed turns: ${code}`)
    if (!String(code).startsWith('model_')) fail(`a failing model was told as ${code}`)
  }

  async function stream(step: Step, chance: Chance): Promise<void> {
    const { plan, html, departure } = step
    const reader = createStreamReader(step)
    const sent = next
    const request: BrowserRequest = {
      path: '/chat',
      body: {
        message: toTurn(step, '', false).user,
        receipts: sent.map(({ token }) => token),
        ...(html && { html }),
      },
      accept: 'text/event-stream',
      receipts: sent,
    }
    const leaving =
      departure?.at === 'time' ? { afterMs: departure.after, way: departure.way } : undefined
    const answer = await browser.send(request, reader.piece, leaving)
    if (answer.ending.kind === 'left') model.left(plan.mark)
    if (step.stall) report.counts('streams read with a stall')
    next = next.filter((_, i) => !answer.settled.includes(i))
    if (answer.status !== 200) {
      checkAnswer(step, answer, false)
      return
    }
    const seen = reader.seen()
    checkStream(step, answer, seen)
    await useReceipts(step, seen, chance)
  }

  function checkStream({ plan, html, stall }: Step, { ending }: Answer, seen: StreamSeen): void {
    const { last } = seen
    if (!plan.text.startsWith(seen.text)) fail('a token is not what the model said')
    if (seen.afterLast > 0) fail(`an event came after ${last.kind}`)
    if (ending.kind === 'left') {
      report.counts(seen.checkpoints.length > 0 ? 'left after a checkpoint' : 'left before any')
      if (isCalm) fail('had no whole reply at the end of the soak')
    } else if (ending.kind === 'broken' && stall?.ms === SLEEP_MS) {
      report.counts('cut off while asleep')
    } else if (last.kind === 'none') fail(`a stream ended without a last event, ${tell(ending)}`)
    if (last.kind === 'done') {
      report.counts(html ? 'turns by stream, with HTML' : 'turns by stream')
      if (!canFinish(plan)) fail('a reply that the model did not finish was called done')
      else if (last.reply !== plan.text) fail('a reply is not what the model said')
      else if (seen.text !== last.reply) fail('the tokens are not the reply')
    } else if (last.kind === 'error') {
      checkCode(last.code)
      if (isCalm) fail(`a stream ended with ${last.code}`)
    }
  }

  /** A visitor who has left, or whose model has broken off, holds a checkpoint at most. */
  async function useReceipts(step: Step, seen: StreamSeen, chance: Chance): Promise<void> {
    const { conversation } = reference
    const held = (token: string, turn: SeenTurn): HeldReceipt => ({ token, turn, conversation })
    const checkpoints = seen.checkpoints.map(({ receipt, text }) =>
      held(receipt, toTurn(step, text, true)),
    )
    const { last } = seen
    const done = last.kind === 'done' ? [held(last.receipt, toTurn(step, last.reply, false))] : []
    const all = [...checkpoints, ...done]
    const newest = all.slice(-1)
    const { fate } = step
    if (newest.length > 0) report.counts(`receipts: ${done.length > 0 ? '' : 'stopped, '}${fate}`)
    if (fate === 'at once' || fate === 'twice') await commit(newest)
    if (fate === 'twice') await commit(chance.shuffled(all.slice(-MAX_SENT)))
    if (fate === 'with the next message') next = [...next, ...newest].slice(-MAX_SENT)
    if (fate === 'late') kept = chance.shuffled([...kept, ...all.slice(-2)]).slice(-MAX_KEPT)
  }

  async function look(): Promise<void> {
    const { ending, status, text } = await browser.send({
      path: '/',
      body: null,
      accept: 'text/html',
    })
    if (ending.kind === 'left') return
    report.counts('pages read')
    const newest = reference.turns.at(-1)?.mark ?? '<!DOCTYPE html>'
    if (status !== 200) fail(`the page was answered ${status}, ${tell(ending)}`)
    else if (!text.includes(newest)) fail('the page does not show the newest turn')
    await compare()
  }

  async function compare(): Promise<void> {
    let wrong = ''
    for (let tries = 0; tries < HISTORY_TRIES; tries++) {
      const { ending, status, text } = await browser.send({ path: '/history', body: null })
      if (ending.kind === 'left') return
      if (status !== 200) wrong = `answered ${status}, ${tell(ending)}`
      else {
        const history: HistoryReply = JSON.parse(text)
        wrong = reference.compare(history)
        if (!history.unreadable) break
      }
    }
    report.counts('histories compared')
    if (wrong !== '') fail(`the history: ${wrong}`)
  }

  async function startOver(): Promise<void> {
    const { ending, status } = await browser.send({ path: '/reset', body: {} })
    if (ending.kind === 'left') return
    report.counts('conversations started over')
    if (status !== 200) fail(`a reset was answered ${status}, ${tell(ending)}`)
  }

  return {
    async take(step, chance) {
      const { deed, plan } = step
      if (deed === 'starts over' || reference.turns.length >= MAX_TURNS) {
        await compare()
        await startOver()
        return
      }
      if (deed === 'looks') return look()
      if (deed === 'reads nothing') {
        report.counts('files asked for and not read')
        return askAndReadNothing(app.url, closing)
      }
      if (deed === 'sends old receipts') return commit(kept.slice(0, MAX_SENT))
      model.expect(plan)
      if (deed === 'streams') await stream(step, chance)
      else await ask(step)
    },
    async lookBack() {
      await commit(next)
      await compare()
    },
    leave: browser.leaveAll,
    close: browser.close,
  }
}

function toTurn({ plan }: Step, assistant: string, stopped: boolean): SeenTurn {
  const { mark, text: whole } = plan
  return { mark, user: `${mark} tell me more, ${mark}`, assistant, whole, stopped }
}

/** The fields of an answer; none where it is no object. */
function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const fields: Readonly<Record<string, unknown>> | null = JSON.parse(text)
    return fields ?? {}
  } catch {
    return {}
  }
}

function tell(ending: Answer['ending']): string {
  return ending.kind === 'broken' ? ending.why : ending.kind
}
