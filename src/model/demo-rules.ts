/**
 * Owns the script of the demo model: its ranked keywords with their decompositions and
 * reassemblies, the reflection of pronouns, and how visitor text is clipped and quoted.
 * After J. Weizenbaum, "ELIZA", CACM 9(1), 1966.
 */

/** Replies to choose among; never empty. */
export type Reassemblies = readonly [string, ...string[]]

interface Rule {
  readonly decomposition: RegExp
  /** `{1}` is the first captured part, reflected; `{0}` the whole sentence, reflected. */
  readonly reassemblies: Reassemblies
}

const QUOTE_LIMIT = 120
const AUXILIARY = 'is|are|am|was|were|do|does|did|can|could|will|would|should|have|has|may|must'
const SUBJECT = 'i|you|we|they|he|she|it|this|that|these|those|there|the|an?|my|your|people'
const LOW = 'sad|unhappy|depressed|tired|lonely|afraid|scared|anxious|worried|stressed|bored|angry'
const HIGH = 'happy|glad|excited|proud|pleased|delighted|relieved'
const HEDGE = '(?:really |just |also |still |often |always |sometimes )?'
const DEGREE = '(?:so |very |really |a bit |a little |quite )?'

const REQUEST: Reassemblies = [
  'I am only the demo model, so I cannot {1}. A connected model might. Why do you ask?',
  'That takes a real model: my few rules cannot {1}. What would it help you with?',
]

/** In order of rank, as ELIZA ranks keywords: the first one found in a message decides. */
const RULES: readonly Rule[] = [
  rule(whole('(?:and )?how (?:are|do) you(?: doing| feeling| do)?(?: today)?'), [
    'Always the same, being a set of rules. How are you?',
    'Running as written, thank you. And how are you?',
  ]),
  rule(start("why (?:don't|do not) you (.+)"), [
    'Do you think I should {1}?',
    'Perhaps I will {1} in good time. What would that change for you?',
  ]),
  rule(start("why (?:can't|can not|cannot) i (.+)"), [
    'What would have to change before you could {1}?',
    'Do you think you should be able to {1}?',
  ]),
  rule(start('(?:can|could|will) you (?:please )?(.+)'), REQUEST),
  rule(
    start('(?:please )?((?:tell|explain|write|translate|summari[sz]e|calculate|give) .+)'),
    REQUEST,
  ),
  rule(start('(?:what|who|where) (?:is|are|was|were) (?!(?:i|you|it|going)\\b)(.+)'), [
    'I am the demo model and know no facts. What do you already know about {1}?',
    'I cannot look that up. Why are you asking about {1}?',
    'My rules hold no facts about {1}. What would you guess?',
  ]),
  rule(start(`(?:${AUXILIARY}) (?:${SUBJECT})\\b`), [
    'I cannot tell yes from no here. What do you think: {0}?',
    'I am a demo and know no facts, so back to you: {0}?',
    'Suppose I said yes to “{0}”. What would follow?',
  ]),
  rule(start(`(?:why|how|when|where|who|(?:what|which|whose|how)(?: \\w+)?) (?:${AUXILIARY})\\b`), [
    'I am a demo and know no facts, so let me turn it round: {0}? What would you say?',
    'That is beyond my few rules. If you had to guess: {0}?',
    'I cannot look anything up. What makes you ask “{0}”?',
  ]),
  rule(whole(`(?:i am )?${DEGREE}sorry\\b.*`), [
    'No need to apologise. Please go on.',
    'Apologies are not needed here. What is on your mind?',
  ]),
  rule(clause(`i (?:am|feel|am feeling) (${DEGREE}(?:${LOW}))\\b`), [
    'I am sorry to hear that you are {1}. How long have you been {1}?',
    'Do you know what makes you {1}?',
    'When did you first notice that you were {1}?',
  ]),
  rule(clause(`i (?:am|feel|am feeling) (${DEGREE}(?:${HIGH}))\\b`), [
    'Good to hear that you are {1}. What brought that on?',
    'What is the best part of being {1}?',
  ]),
  rule(clause(`i ${HEDGE}feel (.+)`), [
    'Why do you feel {1}?',
    'Do you often feel {1}?',
    'When do you usually feel {1}?',
  ]),
  rule(clause(`i ${HEDGE}(want|need) (.+)`), [
    'Why do you {1} {2}?',
    'You {1} {2}. What stands in the way?',
  ]),
  rule(clause('i would (?:like|love) (.+)'), [
    'Why would you like {1}?',
    'What keeps you from it?',
  ]),
  rule(clause("i (?:can't|can not|cannot) (.+)"), [
    "How do you know that you can't {1}?",
    'What would it take before you could {1}?',
  ]),
  rule(clause("i (?:don't|do not) (?!know\\b)(.+)"), ["Why don't you {1}?", 'Did you ever {1}?']),
  rule(clause(`i ${HEDGE}(like|love|enjoy|hate|miss) (.+)`), [
    'Why do you {1} {2}?',
    'You {1} {2}. How did that start?',
  ]),
  rule(clause('i (?:think|believe|guess|suppose) (?:that )?(.+)'), [
    'What makes you think {1}?',
    'Are you sure that {1}?',
  ]),
  rule(clause('i remember (.+)'), ['Do you often think of {1}?', 'What else comes with {1}?']),
  rule(clause('i am (.+)'), [
    'You are {1}. How do you feel about that?',
    'What does it mean to you that you are {1}?',
    'Did you come here because you are {1}?',
  ]),
  rule(/(?:^|\s)because (.+)/iu, [
    'Is that the only reason?',
    'Say it is so because {1}. What other reasons come to mind?',
  ]),
  rule(/(?:^|\s)my (?:mother|mom|mum|father|dad|sister|brother|wife|husband|family)\b/iu, [
    'Tell me more about your family.',
    'Who else in your family comes to mind?',
  ]),
  rule(/(?:^|\s)my ((?:(?:best|old|new|little|big|own|first|last) )?[\p{L}\p{N}'-]+)/iu, [
    'Tell me more about your {1}.',
    'What comes to mind when you think of your {1}?',
    'Why does your {1} matter to you right now?',
  ]),
  rule(start('you are (.+)'), [
    'What makes you think I am {1}?',
    'Would you rather I were not {1}?',
  ]),
  rule(start('you (?!too\\b)(.+)'), [
    'What makes you think that I {1}?',
    'We should be discussing you, not me. Why do you say that I {1}?',
  ]),
  rule(clause("(?:i (?:don't|do not) know|not sure|maybe|perhaps)\\b"), [
    'What would help you to be sure?',
    'You do not seem quite certain. Which way do you lean?',
  ]),
  rule(clause('(i .+)'), [
    'You say {1}. What was behind that?',
    'Why do you tell me that {1}?',
    'How do you feel, now that you say {1}?',
  ]),
  rule(/(?:^|\s)(everyone|everybody|nobody|no one|always|never)\b/iu, [
    'Can you think of a particular example?',
    'Really “{1}”? What is the exception?',
  ]),
  rule(whole('(?:yes|yeah|yep|yup|sure|ok|okay|of course|right|exactly|definitely)'), [
    'You seem quite sure. Tell me more.',
    'I see. What follows from that?',
  ]),
  rule(whole('(?:no|nope|nah|not really|not at all|no way)'), [
    'Why not?',
    'You are being a bit negative. What would make it a yes?',
  ]),
  rule(whole('(?:(?:ok|okay|great|many) )?(?:thanks|thank you|thx|cheers)\\b.{0,40}'), [
    'You are welcome. What else is on your mind?',
    'My pleasure. Shall we go on?',
  ]),
  rule(whole('(?:good ?bye|bye|see (?:you|ya)|good night|farewell)(?: \\w+){0,3}'), [
    'Goodbye. It was good talking to you.',
    'See you. I will be here, with the same rules.',
  ]),
  rule(
    whole(
      '(?:hi|hiya|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day))' +
        '(?:,? (?:there|again|all|world|friend|bot|eliza))*',
    ),
    [
      'Hello. I am the demo model of this app. What is on your mind?',
      'Hello again. What would you like to talk about?',
    ],
  ),
]

/**
 * The reply of the highest-ranked keyword in the sentences, or undefined when none has one.
 * At equal rank the later sentence decides; `turn` picks the reassembly.
 */
export function applyRules(sentences: readonly string[], turn: number): string | undefined {
  for (const { decomposition, reassemblies } of RULES) {
    for (const sentence of sentences.toReversed()) {
      const parts = decomposition.exec(sentence)
      if (parts !== null) return reassemble(pick(reassemblies, turn), sentence, parts)
    }
  }
  return undefined
}

/** One of the reassemblies, always the same for the same turn. */
export function pick(reassemblies: Reassemblies, turn: number): string {
  return reassemblies[turn % reassemblies.length] ?? reassemblies[0]
}

/** Visitor text on one line, at most about 120 characters, cut at a word, in quotation marks. */
export function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(/“/g, '‘').replace(/”/g, '’').trim()
  return `“${clip(line)}”`
}

function rule(decomposition: RegExp, reassemblies: Reassemblies): Rule {
  return { decomposition, reassemblies }
}

function whole(source: string): RegExp {
  return new RegExp(`^(?:${source})\\??$`, 'iu')
}

function start(source: string): RegExp {
  return new RegExp(`^${source}`, 'iu')
}

/** At the start of a sentence, or of a clause in it. */
function clause(source: string): RegExp {
  const lead = 'and|but|so|well|then|now|today|hi|hello|hey|there|yes|no|ok'
  return new RegExp(`(?:^|, |(?:^|\\s)(?:${lead}) )${source}`, 'iu')
}

function reassemble(template: string, sentence: string, parts: RegExpExecArray): string {
  return template.replace(/\{(\d)\}/g, (_slot, digit: string) => {
    if (digit === '0') return reflect(clip(trimEnd(lowerFirst(sentence))))
    const part = parts[Number(digit)] ?? ''
    const phrase = clip(trimEnd(firstClause(part)))
    return reflect(sentence.startsWith(part) ? lowerFirst(phrase) : phrase)
  })
}

function firstClause(text: string): string {
  const end = text.search(/[,;:]\s|\s(?:because|but|although|and (?:i|you|he|she|it|they|we))\s/i)
  return end > 0 ? text.slice(0, end) : text
}

function trimEnd(text: string): string {
  return text.replace(/[\s?,;:]+$/, '')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function clip(text: string): string {
  if (text.length <= QUOTE_LIMIT) return text
  const head = text.slice(0, QUOTE_LIMIT)
  const space = head.lastIndexOf(' ')
  // Without a space to cut at, at least never cut a surrogate pair in half.
  return `${space > 0 ? head.slice(0, space) : head.replace(/[\uD800-\uDBFF]$/, '')}…`
}

const REFLECTIONS: ReadonlyMap<string, string> = new Map([
  ['you are', 'I am'],
  ["you're", 'I am'],
  ['are you', 'am I'],
  ['you were', 'I was'],
  ['were you', 'was I'],
  ['i was', 'you were'],
  ['was i', 'were you'],
  ["i've", 'you have'],
  ["i'll", 'you will'],
  ["i'd", 'you would'],
  ["you've", 'I have'],
  ["you'll", 'I will'],
  ["you'd", 'I would'],
  ['myself', 'yourself'],
  ['yourself', 'myself'],
  ['mine', 'yours'],
  ['yours', 'mine'],
  ['your', 'my'],
  ['my', 'your'],
  ['me', 'you'],
  ['am', 'are'],
  ['i', 'you'],
  ['you', 'I'],
])

const PRONOUN = new RegExp(
  `(?<![\\p{L}\\p{N}'])(?:${[...REFLECTIONS.keys()].join('|')})(?![\\p{L}\\p{N}]|'\\p{L})`,
  'giu',
)

function reflect(phrase: string): string {
  return phrase.replace(PRONOUN, (word: string, at: number) => {
    const reflection = REFLECTIONS.get(word.toLowerCase()) ?? word
    const isObject =
      reflection === 'I' && isObjectPlace(phrase.slice(0, at), phrase.slice(at + word.length))
    return isObject ? 'me' : reflection
  })
}

/** Whether a "you" between these is an object ("I love you"), as near as a rule can tell. */
function isObjectPlace(before: string, after: string): boolean {
  return (
    /^[^\p{L}\p{N}]*$/u.test(after) ||
    /^ (?:to|and|because|so|for|with|at|in|on|but|or|when|if|more|too|very|about)\b/i.test(after) ||
    /\b(?:to|for|with|about|at|from|of|by)\s$/i.test(before)
  )
}
