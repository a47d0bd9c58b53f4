/** The settings of the session: what signs its cookie, and how long it lives. */

import { good, missing, type Reading, setting, whole, wrong } from '../setting.ts'

const MIN_SECRET_CHARS = 32
/** 32 random digits nearly always hold more different ones than this. */
const MIN_SECRET_DISTINCT = 8
/** A text that repeats itself is only as random as the part that it repeats. */
const MIN_SECRET_PERIOD = 16

export const sessionRows = {
  SESSION_SECRET: setting({
    key: 'sessionSecrets',
    byDefault: '',
    defaultWords: 'required; written into `.dev.vars` at the first start',
    read: readSecrets,
    secret: true,
    about: [
      'Signs the session cookie: 32 or more random characters, for example from `openssl rand -hex 32`.',
      'Several, separated by commas, rotate it: the first signs, all verify.',
      'Keep the old one for `SESSION_MAX_AGE`.',
      'What repeats itself is not random.',
      'A deployment without a secret answers 503 `not_configured`.',
    ],
  }),
  SESSION_MAX_AGE: setting({
    key: 'sessionMaxAgeSeconds',
    byDefault: '604800',
    read: whole(60, 34_560_000),
    about: ['Seconds a conversation lives at most.'],
  }),
  MAX_CONVERSATIONS: setting({
    key: 'maxConversations',
    byDefault: '40',
    read: whole(1, 60),
    about: [
      'Conversations that a browser keeps in cookies.',
      'What is over moves to the store and opens from there; without a store the one not used for the longest goes, and the page says so before.',
    ],
  }),
  SHARE: setting({
    key: 'mayShare',
    byDefault: 'off',
    read: onOrOff,
    about: [
      '`on` lets visitors publish a copy of a conversation, which anyone who has its address can read for `SESSION_MAX_AGE`.',
      'It needs a store.',
    ],
  }),
}

function onOrOff(text: string): Reading<boolean> {
  if (text === 'on') return good(true)
  return text === 'off' ? good(false) : wrong('must be on or off', false)
}

/** Splits at commas: the first secret signs, all verify. */
function readSecrets(text: string): Reading<readonly string[]> {
  if (text === '') {
    return missing(`is missing; set at least ${MIN_SECRET_CHARS} random characters`, [])
  }
  const secrets = text.split(',').map((secret) => secret.trim())
  return secrets.every(isRandomEnough)
    ? good(secrets)
    : wrong(`must have at least ${MIN_SECRET_CHARS} random characters in each of its parts`, [])
}

function isRandomEnough(secret: string): boolean {
  return (
    secret.length >= MIN_SECRET_CHARS &&
    new Set(secret).size >= MIN_SECRET_DISTINCT &&
    periodOf(secret) >= MIN_SECRET_PERIOD
  )
}

/** After how many characters a text repeats itself to its end; its length if it never does. */
function periodOf(text: string): number {
  let period = 1
  while (text.slice(period) !== text.slice(0, text.length - period)) period++
  return period
}
