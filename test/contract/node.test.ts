import { startOnNode } from '../support/start.ts'
import { describeApp } from './app.contract.ts'
import { describeArchive } from './archive.contract.ts'
import { describeConversations } from './conversations.contract.ts'
import { describeReplaces } from './replaces.contract.ts'
import { describeStream } from './stream.contract.ts'

describeApp('Node', startOnNode)
describeStream('Node', startOnNode)
describeReplaces('Node', startOnNode)
describeArchive('Node', startOnNode)
describeConversations('Node', startOnNode)
