import { startOnNode } from '../support/start.ts'
import { describeApp } from './app.contract.ts'

describeApp('Node', startOnNode)
