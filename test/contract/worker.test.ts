import { startOnWorkers } from '../support/start.ts'
import { describeApp } from './app.contract.ts'

describeApp('Workers', startOnWorkers)
