import { startOnNode } from '../support/start.ts'
import { describeApp } from './app.contract.ts'
import { describeStream } from './stream.contract.ts'

describeApp('Node', startOnNode)
describeStream('Node', startOnNode)
