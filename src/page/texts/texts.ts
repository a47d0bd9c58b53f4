/**
 * Every word of the page, as a type. One file for each language fills it. Error sentences are the
 * server's, in English.
 */

import type { ScriptTexts } from '../../wire.ts'

export interface Texts {
  /** BCP 47. */
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  readonly description: string
  readonly you: string
  readonly assistant: string
  readonly error: string
  readonly conversation: string
  readonly message: string
  readonly placeholder: string
  readonly newChat: string
  readonly stopped: string
  readonly copy: string
  readonly tryAgain: string
  readonly edit: string
  readonly editing: string
  readonly cancel: string
  readonly undo: string
  readonly close: string
  readonly jump: string
  readonly earlier: string
  readonly newest: string
  readonly demoTitle: string
  readonly demo: string
  /** Follows a number of messages. */
  readonly forgotten: string
  /** Follows a number of turns. */
  readonly unreadable: string
  /** For a visitor who was here a moment ago and brought no session back. */
  readonly cookieless: string
  readonly menu: string
  readonly exportMarkdown: string
  readonly exportJson: string
  readonly theme: string
  readonly help: string
  readonly keyNewLine: string
  readonly keyEscape: string
  readonly helpKey: string
  readonly greeting: string
  readonly ideas: readonly string[]
  readonly back: string
  readonly request: string
  readonly script: ScriptTexts
}
