/** Line plots as SVG, on a white ground, so that they can be read on pages of any colour. Pure. */

export interface Axis {
  /** With its unit. */
  readonly label: string
  /** Where it is marked; the first and the last are its ends. */
  readonly ticks: readonly number[]
  readonly scale: 'linear' | 'log'
}

export interface Line {
  readonly name: string
  readonly color: string
  readonly dashed: boolean
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface Plot {
  readonly title: string
  /** For whoever cannot see it. */
  readonly description: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
}

const WIDTH = 760
const HEIGHT = 440
/** Where the lines are drawn. */
const LEFT = 76
const RIGHT = WIDTH - 28
const TOP = 92
const BOTTOM = HEIGHT - 64
const LEGEND_Y = 62
/** Of a line, in the legend. */
const SAMPLE = 28
const GAP = 8
/** The width of a letter, about. */
const LETTER = 7.2
/** From the middle of a small letter to the line on which it stands. */
const MIDDLE = 4.5
const FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
const GROUND = '#ffffff'
const INK = '#1f2328'
const PALE = '#59636e'
const GRID = '#d8dee4'

/** Even steps from 0 up to no less than the greatest value. */
export function ticksTo(most: number): number[] {
  const rough = most / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((one) => one >= rough) ?? rough
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => Number((i * step).toFixed(9)))
}

export function drawPlot({ title, description, x, y, lines }: Plot): string {
  const toX = scaleOf(x, LEFT, RIGHT)
  const toY = scaleOf(y, BOTTOM, TOP)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}"`,
    ` width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title description"`,
    ` font-family="${FONT}" font-size="13">`,
    `<title id="title">${toXml(title)}</title>`,
    `<desc id="description">${toXml(description)}</desc>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${GROUND}"/>`,
    `<text x="${LEFT}" y="34" font-size="17" font-weight="600" fill="${INK}">`,
    `${toXml(title)}</text>`,
    ...legend(lines),
    ...xAxis(x, toX),
    ...yAxis(y, toY),
    ...lines.map((line) => drawLine(line, toX, toY)),
    '</svg>\n',
  ].join('\n')
}

function xAxis({ label, ticks }: Axis, toX: Scale): string[] {
  return [
    `<path d="M${LEFT} ${BOTTOM}H${RIGHT}" stroke="${PALE}"/>`,
    ...ticks.flatMap((tick) => [
      `<path d="M${round(toX(tick))} ${BOTTOM}v5" stroke="${PALE}"/>`,
      write(toX(tick), BOTTOM + 20, 'middle', amount(tick)),
    ]),
    write((LEFT + RIGHT) / 2, HEIGHT - 18, 'middle', label),
  ]
}

function yAxis({ label, ticks }: Axis, toY: Scale): string[] {
  return [
    ...ticks.flatMap((tick) => [
      `<path d="M${LEFT} ${round(toY(tick))}H${RIGHT}" stroke="${GRID}"/>`,
      write(LEFT - 10, toY(tick) + MIDDLE, 'end', amount(tick)),
    ]),
    `<g transform="translate(22 ${(TOP + BOTTOM) / 2}) rotate(-90)">`,
    write(0, 0, 'middle', label),
    '</g>',
  ]
}

type Scale = (value: number) => number

function scaleOf({ ticks, scale }: Axis, start: number, end: number): Scale {
  const along = scale === 'log' ? Math.log : (value: number) => value
  const [low, high] = [along(ticks[0] ?? 0), along(ticks.at(-1) ?? 1)]
  return (value) => start + ((along(value) - low) / (high - low)) * (end - start)
}

function drawLine(line: Line, toX: Scale, toY: Scale): string {
  const places = line.points.map(({ x, y }) => [round(toX(x)), round(toY(y))] as const)
  return stroke(line, places) + places.map((place) => dot(line, place)).join('')
}

function legend(lines: readonly Line[]): string[] {
  const y = LEGEND_Y - MIDDLE
  let x = LEFT
  return lines.map((line) => {
    const [start, end] = [x, x + SAMPLE]
    x = round(end + GAP + line.name.length * LETTER + 2 * GAP)
    return [
      stroke(line, [
        [start, y],
        [end, y],
      ]),
      dot(line, [(start + end) / 2, y]),
      write(end + GAP, LEGEND_Y, 'start', line.name, INK),
    ].join('')
  })
}

type Place = readonly [x: number, y: number]

function stroke({ color, dashed }: Line, places: readonly Place[]): string {
  const path = places.map((place) => place.join(' ')).join('L')
  const dashes = dashed ? ' stroke-dasharray="6 4"' : ''
  return `<path d="M${path}" stroke="${color}" stroke-width="2" fill="none"${dashes}/>`
}

function dot({ color, dashed }: Line, [x, y]: Place): string {
  const fill = dashed ? GROUND : color
  return `<circle cx="${x}" cy="${y}" r="4" stroke="${color}" stroke-width="2" fill="${fill}"/>`
}

function write(x: number, y: number, anchor: string, text: string, color = PALE): string {
  const place = `x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"`
  return `<text ${place} fill="${color}">${toXml(text)}</text>`
}

/** With commas between the thousands. */
function amount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function toXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')
}
