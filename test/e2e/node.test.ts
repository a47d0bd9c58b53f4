import { startOnNode } from '../support/start.ts'
import { describePage } from './page.e2e.ts'

describePage('Node', startOnNode, 'all')
