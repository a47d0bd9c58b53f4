/**
 * All browser tests, as one suite for every runtime. What is about the page's script alone runs on
 * one of them.
 */

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

export function describePage(runtime: string, start: StartApp, parts: 'all' | 'server'): void {
  describe(`the page on ${runtime}`, () => {
    const visit = visits(start)
    describeConversation(visit)
    describeReplies(visit)
    describeList(visit)
    describeEveryone(visit)
    if (parts === 'server') return
    describeQueue(visit)
    describeWriting(visit)
    describeObstacles(visit)
    describeLong(visit)
  })
}
