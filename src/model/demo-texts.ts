/** What the demo model says when no keyword rule does: its help, its sample of Markdown, its ways of going on. */

import type { Reassemblies } from './demo-rules.ts'

export const REPEATED: Reassemblies = [
  'You just said exactly that. What did you hope I would answer?',
  'The same words again. What makes them worth repeating?',
]

export const WORDLESS: Reassemblies = [
  'Only {0}, without a word? Tell me what you mean by it.',
  'I read words only. What would {0} be, put into words?',
]

export const FOREIGN: Reassemblies = [
  'My rules are in English only, so I cannot follow {0}. Could you say it in English?',
  'I have rules for English and for nothing else: {0} is beyond me. In English, perhaps?',
]

export const ASKED: Reassemblies = [
  'I know no facts, so back to you: {0} What do you think?',
  'My rules have no answer to {0} What answer would please you most?',
]

export const GENERIC: Reassemblies = [
  'Please go on. What should I know about {0}?',
  'I see. What does {0} suggest to you?',
  'Tell me more. Why does {0} come to mind now?',
  'I am not sure I understand {0}. Can you say it another way?',
]

export const CARE =
  'I am only a set of rules and no help with this, but people are: please talk to someone you ' +
  'trust now, or call your local emergency number. https://findahelpline.com lists free, ' +
  'confidential lines by country.'

export const HELP = `I am the built-in demo model. Things to try:

- “I feel tired”, “My dog is old”, or whatever is on your mind
- “My name is Ada”, and later “What is my name?”
- “What did I say first?” or “How many messages have I sent?”
- “Show me Markdown”
- “How do I connect a real model?”`

export const ABOUT = `I am the built-in demo model of this app: rules in the manner of ELIZA (1966), \
with no network, no account and no facts. To connect a real model, put one of these in \
\`.dev.vars\` and restart:

- **Hugging Face**: \`HF_TOKEN=hf_…\`, a token from https://huggingface.co/settings/tokens with \
the permission “Make calls to Inference Providers”.
- **A server of your own** (llama.cpp, Ollama, vLLM or TGI): \
\`HF_MODEL_URL=http://127.0.0.1:8080/v1\`, with its port; Ollama's is \
\`http://127.0.0.1:11434/v1\`.

\`HF_MODEL\` chooses the model.`

export const MARKDOWN = `## A Markdown sample

**Bold**, *italic*, ~~struck~~ and \`inline code\`, and a link to
[Inference Providers](https://huggingface.co/docs/inference-providers).

1. First
2. Second
   - nested

- [x] a task that is done
- [ ] a task to do

| Program | Year | Author     |
| :------ | ---: | :--------- |
| ELIZA   | 1966 | Weizenbaum |
| PARRY   | 1972 | Colby      |

> A quotation, set apart from the text around it.

\`\`\`ts
function greet(name: string): string {
  return \`Hello, \${name}\`
}
\`\`\``
