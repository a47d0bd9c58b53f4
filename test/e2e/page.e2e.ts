/** All browser tests, as one suite for every runtime. */

import { describe } from 'vitest'
import type { StartApp } from '../support/start.ts'
import { describeConversation } from './conversation.e2e.ts'
import { describeEveryone } from './everyone.e2e.ts'
import { describeList } from './list.e2e.ts'
import { describeLong } from './long.e2e.ts'
import { describeObstacles } from './obstacles.e2e.ts'
import { describeQueue } from './queue.e2e.ts'
import { describeReplies } from './replies.e2e.ts'
import { visits } from './visit.ts'
import { describeWriting } from './writing.e2e.ts'

export function describePage(runtime: string, start: StartApp): void {
  describe(`the page on ${runtime}`, () => {
    const visit = visits(start)
    describeConversation(visit)
    describeReplies(visit)
    describeQueue(visit)
    describeList(visit)
    describeWriting(visit)
    describeObstacles(visit)
    describeEveryone(visit)
    describeLong(visit)
  })
}
