/**
 * Every word of the page, as a type. One file for each language fills it. Error sentences are the
 * server's, in English.
 */

import type { ScriptTexts } from '../../wire.ts'
import type { Theme } from '../choices.ts'
import type { Day } from '../days.ts'

export interface Texts {
  /** BCP 47. */
  readonly language: string
  /** What the language calls itself. */
  readonly name: string
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
  readonly cancel: string
  readonly undo: string
  readonly close: string
  readonly jump: string
  readonly earlier: string
  readonly newest: string
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
  readonly skip: string
  readonly conversations: string
  readonly showList: string
  readonly hideList: string
  readonly filter: string
  readonly filterHint: string
  readonly noneYet: string
  readonly untitled: string
  /** While the store cannot tell which conversations are parked. */
  readonly notWhole: string
  /** Follows a number of messages. */
  readonly leftOut: string
  readonly noneFound: string
  /** `{title}` stands for a conversation's. */
  readonly options: string
  /** Follows the title of a conversation that has a shared copy. */
  readonly shared: string
  readonly rename: string
  readonly newName: string
  readonly save: string
  readonly remove: string
  readonly removeNote: string
  readonly removeNow: string
  readonly share: string
  readonly openCopy: string
  readonly unshare: string
  readonly exportAll: string
  readonly importing: string
  readonly importFile: string
  readonly importNow: string
  readonly chooseLanguage: string
  /** Over the box, while it holds the last question. */
  readonly editing: string
  /** Over the box, while it holds an earlier question. */
  readonly branching: string
  readonly demoBadge: string
  readonly demo: string
  /** For the owner. What stands between backticks is code. */
  readonly demoHelp: string
  readonly caution: string
  /** `{title}` stands for the title of the conversation that will go. */
  readonly leaving: string
  readonly queue: string
  readonly takeBack: string
  /** `{date}` stands for the day on which a copy was shared. */
  readonly copyFrom: string
  /** `{date}` stands for the last day of a copy. */
  readonly copyUntil: string
  readonly ownCopy: string
  readonly own: string
  readonly proceed: string
  readonly days: Readonly<Record<Day, string>>
  readonly themes: Readonly<Record<Theme, string>>
  readonly back: string
  readonly request: string
  readonly script: ScriptTexts
}
