import { startOnNode } from '../support/start.ts'
import { describeConversation } from './conversation.e2e.ts'

describeConversation('Node', startOnNode)
