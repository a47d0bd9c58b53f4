/** Every word of the page, as a type: one file per language fills it. Error sentences are the server's, in English. */

/** The words that only the page's script needs; they reach it as `data-` attributes of one template. */
export interface ScriptTexts {
  readonly thinking: string
  /** After some seconds without a word. */
  readonly waiting: string
  /** What a screen reader hears when an answer begins. */
  readonly generating: string
  readonly send: string
  readonly stop: string
  readonly copied: string
  /** Why no reply is there although nobody failed. */
  readonly unsaid: string
  /** The reply reached the longest length that the model may give. */
  readonly cut: string
  readonly cleared: string
  readonly offline: string
  readonly unreachable: string
  readonly senseless: string
  readonly silent: string
  readonly broken: string
  readonly kept: string
  /** `{n}` stands for the seconds until another try makes sense. */
  readonly again: string
  readonly shown: string
  readonly system: string
  readonly light: string
  readonly dark: string
}

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
