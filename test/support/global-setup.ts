/** Starts the fake model server once for all test files of both runtimes. */

import type { TestProject } from 'vitest/node'
import { startModelServer } from './model-server.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startModelServer()
  project.provide('modelServer', server.url)
  return server.close
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the fake model server. */
    readonly modelServer: string
  }
}
