/**
 * `npm run model`: a small real model on this machine, for whoever has no account and no model server yet. Installs it once,
 * serves it on the loopback interface until Ctrl-C, and prints the lines for `.dev.vars`.
 *
 *     npm run model                   on port 8080, or the one in PORT
 *     npm run model -- 9090           on another port; 0 takes a free one
 *     npm run model -- --install      only installs it
 */

import { createServer } from 'node:net'
import { installModel } from './install.ts'
import { startLlamaServer } from './llama-server.ts'

const NAME = 'SmolLM2-135M-Instruct'
const DEFAULT_PORT = '8080'
const MAX_PORT = 65_535
/** All that the model can read, half of it for each of two visitors. Some chance, so that "Try again" says something else. */
const OPTIONS = ['--alias', NAME, '--context', '8192', '--slots', '2']
const CHANCE = ['--temperature', '0.2', '--seed', '-1']

const [argument] = process.argv.slice(2)
// A download that is cut off is cleared away on the way out.
process.on('SIGINT', () => process.exit(130)).on('SIGTERM', () => process.exit(143))
if (argument === '--install') await install()
else await serve(readPort(argument ?? (process.env['PORT'] || DEFAULT_PORT)))

async function install() {
  const onDownload = () => console.log(`Downloading ${NAME} and llama.cpp's server, once: 127 MB.`)
  const installed = await installModel({ onDownload })
  return installed.kind === 'installed' ? installed : fail(installed.sentence)
}

async function serve(port: number): Promise<void> {
  const problem = await portProblem(port)
  if (problem !== null) fail(problem)
  const server = startLlamaServer(await install(), { port, options: [...OPTIONS, ...CHANCE] })
  const url = await server.ready.catch((error: Error) => fail(error.message))
  console.log(`
${NAME} answers at ${url}/v1 until you press Ctrl-C.
It is very small: it chats, but what it says is often wrong.
Put these two lines into .dev.vars, and start the app in another terminal (npm start):

HF_MODEL_URL=${url}/v1
HF_MODEL=${NAME}
`)
  const how = await server.ended
  // Ctrl-C reaches the server, too, and may reach it first.
  if (!/^SIG(INT|TERM)$/.test(how)) fail(`The model's server has ended by itself: ${how}.`)
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  return port <= MAX_PORT ? port : fail(`"${text}" is no port: name one from 1 to ${MAX_PORT}.`)
}

/** Asked before a download, so that nobody waits for nothing. */
function portProblem(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', ({ message }) => {
      const other = `name another one, for example: npm run model -- ${port === 8081 ? 8082 : 8081}`
      const why = message.includes('EADDRINUSE') ? 'in use' : 'not to be had'
      resolve(`Port ${port} is ${why}: ${other}`)
    })
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(null)))
  })
}

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}
