/**
 * Tells whether a server says that it does not know the model that was asked for. Pure. Two answers
 * are told apart: one that may be such a refusal, and one that certainly is. Only the certain one
 * may be held against other visitors, so nothing that a visitor wrote may make it.
 */

import { textOf } from '../content.ts'
import type { Message } from '../model.ts'

/**
 * Words that may mean an unknown model. They may also be a visitor's own, repeated by the server.
 */
const MAYBE =
  /model.{0,80}(?:not (?:supported|found|exist)|does not exist)|no longer supported|\bunknown model\b/i
/** What stands right before the name: `The model "`. */
const MODEL = /\bmodel\b[^a-z0-9]{0,3}$/i
/** What stands right after the name: `" does not exist`. Nothing else may stand between. */
const IS_UNKNOWN =
  /^(?::[\w.-]+)?["'`”’]?,?\s+(?:(?:is|was|does|do|could|can|has|been|currently)\s+){0,3}(?:not\s+(?:be\s+)?(?:found|exist|supported|available|loaded|served)|unknown\b)/i
/** What stands right before the name where the verdict comes first: `Unknown model: `. */
const UNKNOWN_MODEL =
  /(?:\b(?:unknown|unsupported|no such) model|\binvalid model name passed in model|\bmodel (?:was |is )?not found|\bfind (?:the )?model)[^a-z0-9]{0,3}$/i
/**
 * Words of a verdict, bare. Where a visitor wrote some, the server may only repeat them; it may
 * have changed their signs and spaces on the way.
 */
const VERDICT =
  /unknown|unsupported|nosuch|invalidmodel|not(?:be)?(?:found|exist|supported|available|loaded|served)|find(?:the)?model/
/** How much is looked at before and after the name. */
const NEARBY_CHARS = 60

/** True when a message may mean that the model is unknown. */
export function mayNotKnowModel(said: string): boolean {
  return MAYBE.test(said)
}

/**
 * True when a message says by name that the model is unknown, and neither the name nor the verdict
 * can come from what a visitor wrote.
 *
 * @param model the id that was asked for
 * @param messages what was sent
 */
export function doesNotKnowModel(
  said: string,
  model: string,
  messages: readonly Message[],
): boolean {
  const name = nameOf(model)
  if (name === '') return false
  const mayBeRepeated = messages.some(({ role, content }) => {
    const written = bare(textOf(content))
    return role !== 'system' && (VERDICT.test(written) || written.includes(bare(name)))
  })
  if (mayBeRepeated) return false
  const text = said.toLowerCase()
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
    const before = text.slice(Math.max(0, at - NEARBY_CHARS), at)
    const after = text.slice(at + name.length, at + name.length + NEARBY_CHARS)
    if (MODEL.test(before) && IS_UNKNOWN.test(after)) return true
    if (UNKNOWN_MODEL.test(before)) return true
  }
  return false
}

/**
 * The id without what Hugging Face's router takes as the choice of a provider: `org/name:fastest`.
 */
function nameOf(model: string): string {
  return model.toLowerCase().replace(/:[^:/]*$/, '')
}

/** A character by its number, as HTML, URLs and JSON write it. */
const BY_NUMBER = /&#(\d{1,7});?|(?:&#x|%|\\u|\\x)([\da-f]{2,6});?/gi

/** Letters and digits only, each in its plainest form: `org/My\u200b-M&#111;del` is `orgmymodel`. */
function bare(text: string): string {
  return text
    .replace(BY_NUMBER, (_, decimal, hex) => {
      const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : ''
    })
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '')
}
