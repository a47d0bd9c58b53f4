/** The figures as tables of plain text. */

import type { Cost } from './measures/cost.ts'
import type { Latency } from './measures/latency.ts'
import type { Lengths } from './measures/length.ts'
import type { Figures } from './measures/measures.ts'
import type { Memory } from './measures/memory.ts'
import type { Sizes } from './measures/size.ts'
import type { Start } from './measures/start.ts'

type Row = readonly string[]

export function report({ cost, latency, memory, length, start, size }: Figures): string {
  const tables = [
    cost && costTable(cost),
    latency && latencyTable(latency),
    memory && memoryTable(memory),
    length && lengthTable(length),
    start && startTable(start),
    size && sizeTable(size),
  ].filter((one) => one !== undefined)
  return tables.join('\n\n') || 'Nothing was measured.'
}

function costTable(costs: readonly Cost[]): string {
  const rows = costs.map(({ runtime, operation, ms }) => [
    runtime,
    operation,
    digits(ms.app),
    ...[ms.bare, ms.routed, ms.relay].flatMap((one) => [digits(one), times(ms.app, one)]),
  ])
  const proxies = ['bare', 'app/bare', 'routed', 'app/routed', 'relay', 'app/relay']
  return [
    'CPU of one operation, in ms',
    table(['', '', 'app', ...proxies], rows, 2),
    'bare: a proxy that passes all on; routed: the same behind the router of static files, as the',
    'app is; relay: bare, but each piece passes through JavaScript.',
  ].join('\n')
}

function latencyTable(latencies: readonly Latency[]): string {
  const rows = latencies.map((row) => [
    row.runtime,
    row.through,
    ...[row.directP50, row.p50, row.addedP50, row.directP99, row.p99, row.addedP99].map((ms) =>
      digits(ms),
    ),
  ])
  const head = ['', 'through', 'direct p50', 'p50', 'added', 'direct p99', 'p99', 'added']
  return `Age of a token when it comes, in ms\n${table(head, rows, 2)}`
}

function memoryTable(all: readonly Memory[]): string {
  const rows = all.map(({ runtime, program, streams, kilobytes, kilobytesPerStream }) => [
    runtime,
    program,
    String(streams),
    digits(kilobytes / 1024, 1),
    digits(kilobytesPerStream, 1),
  ])
  const head = ['', '', 'idle streams', 'MB', 'kB a stream']
  return `Memory of the serving process\n${table(head, rows, 2)}`
}

function lengthTable({ points, kept, leftOut }: Lengths): string {
  const rows = points.map(({ runtime, turn, late, young, pageMs, historyMs }) => [
    runtime,
    String(turn),
    digits(late.cpuMs),
    digits(young.cpuMs),
    times(late.cpuMs, young.cpuMs),
    digits(late.wallMs),
    digits(young.wallMs),
    digits(late.storeOperations),
    digits(young.storeOperations),
    digits(pageMs, 1),
    digits(historyMs, 1),
  ])
  const head = [
    '',
    'turn',
    'CPU ms',
    'young',
    'ratio',
    'ms',
    'young',
    'store',
    'young',
    'page ms',
    'history ms',
  ]
  const ends = kept.map(
    (one) =>
      `${one.runtime}: ${one.turnsInHistory} of ${one.turnsSaid} turns in the history, ` +
      `${one.messagesForgotten} messages forgotten, ${one.turnsUnreadable} turns unreadable, ` +
      `longest cookie ${one.longestCookieBytes} bytes`,
  )
  return [
    'A JSON turn late in a conversation, beside one of a young conversation (turns 5 to 14)',
    table(head, rows, 1),
    'store: operations a turn.',
    ...ends,
    ...leftOut.map((what) => `Left out: ${what}.`),
  ].join('\n')
}

function startTable(starts: readonly Start[]): string {
  const rows = starts.map(({ runtime, program, ms, starts }) => [
    runtime,
    program,
    digits(ms, 0),
    String(starts),
  ])
  return [
    'Start, in ms, at the median',
    table(['', '', 'ms', 'starts'], rows, 2),
    'node: from the start of the process to the first answer; workerd: active time that',
    '"wrangler check startup" tells.',
  ].join('\n')
}

function sizeTable({ worker, firstVisit, script }: Sizes): string {
  const rows = [
    ['Worker', String(worker)],
    ['first visit', String(firstVisit)],
    ['script of it', String(script)],
  ]
  return `Size, packed by gzip\n${table(['', 'bytes'], rows, 1)}`
}

function digits(value: number | null, count = 2): string {
  return value === null ? '' : value.toFixed(count)
}

function times(value: number | null, by: number | null): string {
  return value === null || by === null ? '' : (value / by).toFixed(2)
}

/**
 * Columns as wide as they must be. Those without anything are left out.
 *
 * @param names so many columns from the left are words, the others numbers
 */
function table(head: Row, rows: readonly Row[], names: number): string {
  const used = head.map((_, column) => rows.some((row) => row[column]))
  const widths = head.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map(({ length }) => length)),
  )
  const toLine = (row: Row) =>
    row
      .map((cell, i) => (i < names ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .filter((_, i) => used[i])
      .join('  ')
      .trimEnd()
  return [head, ...rows].map((row) => `  ${toLine(row)}`).join('\n')
}
