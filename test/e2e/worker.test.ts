import { startOnWorkers } from '../support/start.ts'
import { describePage } from './page.e2e.ts'

describePage('Workers', startOnWorkers, 'server')
