/** Finds what the server's page promises to hold. */

/**
 * The first element that fits.
 *
 * @throws TypeError when the page lacks it: the script and the page do not belong together
 */
export function required<T extends Element>(
  selector: string,
  type: new () => T,
  root: ParentNode = document,
): T {
  const found = root.querySelector(selector)
  if (found instanceof type) return found
  throw new TypeError(`Cannot find "${selector}" in the page`)
}
