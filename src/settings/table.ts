/**
 * The table of all settings. Each stands once, in the room that needs it, with its name, limits,
 * default, an example and what it does. Here they only come together, in the order in which
 * `.dev.vars.example` and README show them.
 */

import { conversationRows } from '../conversation/settings.ts'
import { httpRows } from '../http/settings.ts'
import { logRows } from '../log.ts'
import { modelRows } from '../model/settings.ts'
import { pageRows } from '../page/settings.ts'
import { sessionRows } from '../session/settings.ts'
import { good, setting, whole } from '../setting.ts'
import { storeRows } from '../store/settings.ts'

/** The settings that both runtimes read. */
export const SHARED_ROWS = {
  ...sessionRows,
  ...modelRows,
  ...conversationRows,
  ...pageRows,
  ...httpRows,
  ...logRows,
}

/** The settings that only Node reads. Those of the room `node` stand here: no table is above it. */
export const NODE_ROWS = {
  HOST: setting({
    key: 'host',
    byDefault: '127.0.0.1',
    // An address bar shows IPv6 addresses in brackets. The system takes them without.
    read: (text) => good(text.replace(/^\[(.*)\]$/, '$1')),
    about: ['Address to listen on.'],
  }),
  PORT: setting({
    key: 'port',
    byDefault: '8787',
    read: whole(0, 65_535),
    about: ['Port to listen on.', '0 lets the system choose a free one.'],
  }),
  ...storeRows,
  SHUTDOWN_SECONDS: setting({
    key: 'shutdownSeconds',
    byDefault: '25',
    read: whole(0, 3600),
    about: [
      'Seconds that open replies may take to finish after SIGTERM or SIGINT.',
      'Allow a container two seconds more: Docker gives 10 in all unless told otherwise.',
    ],
  }),
}

/** The names of all settings. */
export const SETTING_NAMES: readonly string[] = [SHARED_ROWS, NODE_ROWS].flatMap(Object.keys)
