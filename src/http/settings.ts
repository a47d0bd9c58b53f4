/** The settings of what is done with every request. */

import { good, type Reading, setting, wrong } from '../setting.ts'

export const httpRows = {
  CORS_ORIGINS: setting({
    key: 'corsOrigins',
    byDefault: '',
    example: 'https://www.example.com',
    read: readOrigins,
    about: ['Comma-separated origins of other sites that may call with credentials.'],
  }),
}

/** Splits at commas. `https://a.example/` is taken for `https://a.example`. */
function readOrigins(text: string): Reading<readonly string[]> {
  if (text === '') return good([])
  const origins = text.split(',').map((origin) => origin.trim().replace(/\/$/, ''))
  return origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)
    ? good(origins)
    : wrong('must be a comma-separated list of origins like https://www.example.com', [])
}
