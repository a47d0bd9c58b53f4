/**
 * What people read of the settings, made from the table: `.dev.vars.example` and the table in
 * README. A test compares both with what stands here; run with `-u` it writes them:
 *
 *     npx vitest run --config test/vitest.config.ts test/node/settings-documents.test.ts -u
 */

import type { Rows, Setting } from '../setting.ts'
import { NODE_ROWS, SHARED_ROWS } from './table.ts'

/** Columns of a comment, with its `# `. */
const WIDTH = 100

const SECRET_NAMES = Object.entries<Setting<string, unknown>>(SHARED_ROWS)
  .filter(([, { secret }]) => secret)
  .map(([name]) => name)

const HEADER = [
  'Settings for this machine. The first `npm start` or `npm run dev` copies this file to `.dev.vars` and fills in a random SESSION_SECRET. Both `wrangler dev` and the Node entry read it; real environment variables win over it.',
  `For a deployment: environment variables on Node. On Workers \`npx wrangler secret put NAME\` for ${SECRET_NAMES.join(' and ')}, and \`[vars]\` of \`wrangler.toml\` for the others.`,
]

/**
 * The text of `.dev.vars.example`. What must be set is open to be filled in, the rest a comment.
 */
export function toExampleFile(): string {
  const parts = [
    HEADER.map(toComment).join('\n'),
    ...toEntries(SHARED_ROWS, ''),
    ...toEntries(NODE_ROWS, 'Node only. '),
  ]
  return `${parts.join('\n\n')}\n`
}

function toEntries(rows: Rows, prefix: string): string[] {
  return Object.entries(rows).map(([name, { about, read, byDefault, example = byDefault }]) => {
    const mark = read(byDefault).kind === 'good' ? '# ' : ''
    return `${toComment(`${prefix}${about.join(' ')}`)}\n${mark}${name}=${example}`
  })
}

/** Wraps at spaces. A word that is longer than a line gets one of its own. */
function toComment(text: string): string {
  const lines = ['#']
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`
    if (longer.length <= WIDTH) lines.splice(-1, 1, longer)
    else lines.push(`# ${word}`)
  }
  return lines.join('\n')
}

/** README's table in Markdown, a line for each setting below its head. */
export function toReadmeTable(): string {
  const head = ['| Name | Default | Meaning |', '|---|---|---|']
  const lines = [...toCells(SHARED_ROWS, ''), ...toCells(NODE_ROWS, 'Node only. ')]
  return [...head, ...lines, ''].join('\n')
}

function toCells(rows: Rows, prefix: string): string[] {
  return Object.entries(rows).map(([name, { about, byDefault, defaultWords, secret }]) => {
    const shown = defaultWords ?? (byDefault === '' ? 'none' : `\`${byDefault}\``)
    return `| \`${name}\`${secret ? ' (secret)' : ''} | ${shown} | ${prefix}${about.join(' ')} |`
  })
}
