/** Which figures are drawn, and how. */

import type { LengthPoint, Lengths } from './measures/length.ts'
import type { Figures } from './measures/measures.ts'
import type { Memory } from './measures/memory.ts'
import { drawPlot, type Line, ticksTo } from './plot.ts'
import { RUNTIMES, type Runtime } from './programs.ts'

export interface DrawnPlot {
  readonly file: string
  readonly svg: string
}

const NAMES: Readonly<Record<Runtime, string>> = { node: 'Node', workerd: 'workerd' }
/** Two that all people can tell apart (Okabe and Ito, https://jfly.uni-koeln.de/color/). */
const COLORS: Readonly<Record<Runtime, string>> = { node: '#0072b2', workerd: '#d55e00' }

export function drawPlots({ length, memory }: Figures): DrawnPlot[] {
  return [
    ...(length ? [{ file: 'cost-by-length.svg', svg: drawLengths(length) }] : []),
    ...(memory ? [{ file: 'memory-by-streams.svg', svg: drawMemory(memory) }] : []),
  ]
}

function drawLengths({ points }: Lengths): string {
  const lines = RUNTIMES.flatMap((runtime) => {
    const own = points.filter((point) => point.runtime === runtime)
    const line = (dashed: boolean, cpuMsOf: (point: LengthPoint) => number): Line => ({
      name: `${NAMES[runtime]}${dashed ? ', young conversation' : ''}`,
      color: COLORS[runtime],
      dashed,
      points: own.map((point) => ({ x: point.turn, y: cpuMsOf(point) })),
    })
    return [line(false, ({ late }) => late.cpuMs), line(true, ({ young }) => young.cpuMs)]
  })
  return drawPlot({
    title: 'CPU of a JSON turn, by the length of its conversation',
    description: describe(lines, (ms, turn) => `${ms} ms at turn ${turn}`),
    x: {
      label: 'turns that the conversation has before (log scale)',
      ticks: [...new Set(points.map(({ turn }) => turn))],
      scale: 'log',
    },
    y: { label: 'CPU (ms)', ticks: ticksTo(most(lines)), scale: 'linear' },
    lines: lines.filter((line) => line.points.length > 0),
  })
}

function drawMemory(memory: readonly Memory[]): string {
  const lines = RUNTIMES.flatMap((runtime) =>
    (['app', 'bare'] as const).map(
      (program): Line => ({
        name: `${NAMES[runtime]}, ${program === 'app' ? 'app' : 'bare proxy'}`,
        color: COLORS[runtime],
        dashed: program === 'bare',
        points: memory
          .filter((one) => one.runtime === runtime && one.program === program)
          .map(({ streams, kilobytes }) => ({ x: streams, y: kilobytes / 1024 })),
      }),
    ),
  )
  return drawPlot({
    title: 'Memory of the serving process, by open streams',
    description: describe(lines, (mb, streams) => `${mb} MB with ${streams} streams`),
    x: {
      label: 'open streams in which nothing is said',
      ticks: [...new Set(memory.map(({ streams }) => streams))],
      scale: 'linear',
    },
    y: { label: 'memory (MB)', ticks: ticksTo(most(lines)), scale: 'linear' },
    lines: lines.filter((line) => line.points.length > 0),
  })
}

function most(lines: readonly Line[]): number {
  return Math.max(...lines.flatMap(({ points }) => points.map(({ y }) => y)))
}

/** The same in words. */
function describe(lines: readonly Line[], say: (y: string, x: number) => string): string {
  return lines
    .filter(({ points }) => points.length > 0)
    .map(({ name, points }) => {
      const all = points.map(({ x, y }) => say(y.toFixed(1), x))
      return `${name}: ${all.join(', ')}.`
    })
    .join(' ')
}
