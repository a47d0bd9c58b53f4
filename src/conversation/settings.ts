/** The settings of a conversation: what the model gets to see besides the visitor's message. */

import { anyText, setting, whole } from '../setting.ts'

export const conversationRows = {
  SYSTEM_PROMPT: setting({
    key: 'systemPrompt',
    byDefault:
      'You are a helpful, clear, and concise educational assistant. Answer accurately. Never provide harmful information.',
    defaultWords: 'a concise educational assistant',
    read: anyText,
    about: ['What the model is told first.'],
  }),
  // The name is the tutorial's. It counts messages, of which a turn has two.
  MAX_TURNS: setting({
    key: 'maxMessages',
    byDefault: '10',
    read: whole(1, 1000),
    about: [
      'Newest messages sent to the model.',
      "It counts messages and not turns: the visitor's and the model's count one each.",
    ],
  }),
}
