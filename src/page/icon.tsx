/** A drawing out of `static/icons.svg`, and controls that consist of one. */

/** The names of the drawings. */
export type IconName =
  | 'again'
  | 'alert'
  | 'check'
  | 'close'
  | 'copy'
  | 'down'
  | 'edit'
  | 'globe'
  | 'go'
  | 'keys'
  | 'link'
  | 'list'
  | 'logo'
  | 'menu'
  | 'moon'
  | 'more'
  | 'new'
  | 'save'
  | 'search'
  | 'send'
  | 'share'
  | 'stop'
  | 'sun'
  | 'system'
  | 'trash'

/** The icons that point along the line. Where one writes from right to left they are mirrored. */
const DIRECTED: ReadonlySet<IconName> = new Set(['go', 'list', 'menu', 'new'])

interface IconProps {
  readonly name: IconName
  /** What the style sheet knows it by, where several stand in one control. */
  readonly as?: string
}

/** The control around it says what it means. */
export function Icon({ name, as }: IconProps) {
  const classes = [as, DIRECTED.has(name) && 'flip'].filter(Boolean).join(' ')
  return (
    <svg class={classes || undefined} aria-hidden="true">
      <use href={`/icons.svg#${name}`} />
    </svg>
  )
}

/** The names of a control that shows no word: for a screen reader, and for a pointer. */
export function named(name: string): { readonly 'aria-label': string; readonly title: string } {
  return { 'aria-label': name, title: name }
}
