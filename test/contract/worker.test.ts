import { startOnWorkers } from '../support/start.ts'
import { describeApp } from './app.contract.ts'
import { describeArchive } from './archive.contract.ts'
import { describeConversations } from './conversations.contract.ts'
import { describeReplaces } from './replaces.contract.ts'
import { describeStream } from './stream.contract.ts'

describeApp('Workers', startOnWorkers)
describeStream('Workers', startOnWorkers)
describeReplaces('Workers', startOnWorkers)
describeArchive('Workers', startOnWorkers)
describeConversations('Workers', startOnWorkers)
