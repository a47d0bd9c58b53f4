/** The settings of the page. */

import { anyText, setting } from '../setting.ts'

export const pageRows = {
  APP_NAME: setting({
    key: 'appName',
    byDefault: 'aplly Assistant',
    read: anyText,
    about: ['Name in the page.'],
  }),
}
