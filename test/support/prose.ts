/** English-looking text that packs about as well as people's, the same on every run. */

const WORDS =
  'the of and to in a is that it was for on are as with his they be at one have this from by hot word but what some we can out other were all there when up use your how said an each she which do their time if will way about many then them write would like so these her long make thing see him two has look more day could go come did number sound no most people my over know water than call first who may down side been now find any new work part take get place made live where after back little only round man year came show every good me give our under name very through just form sentence great think say help low line differ turn cause much mean before move right boy old too same tell does set three want air well also play small end put home read hand port large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father economics inflation supply demand interest bank government price market growth'.split(
    ' ',
  )

/**
 * Sentences of about so many characters.
 *
 * @param seed a text of another seed is another text
 */
export function prose(seed: number, chars: number): string {
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % below
  }
  let text = ''
  while (text.length < chars) {
    const words = Array.from({ length: 6 + next(12) }, () => WORDS[next(WORDS.length)])
    const sentence = words.join(' ')
    text += `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}. `
  }
  return text.slice(0, chars).trim()
}
