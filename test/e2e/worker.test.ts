import { startOnWorkers } from '../support/start.ts'
import { describeConversation } from './conversation.e2e.ts'

describeConversation('Workers', startOnWorkers)
