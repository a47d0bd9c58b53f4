/**
 * The sixty test vectors of sessions, 1 to 19: the signed token. The others are in the files named like this one.
 *
 * What does not apply, since tokens here are signed and not encrypted, hold no key id and every secret is tried:
 * - of 1: flags 2 and 3, an initialisation vector
 * - 8: key ids; an old secret and a removed one are tested
 * - 10: a duplicate key id; 15: the same key id for another secret
 * - 14: an audience; another app has another secret
 */

import { describe, expect, it } from 'vitest'
import { createReceipts } from '../../src/conversation/receipt.ts'
import { createSessionCookies } from '../../src/session/cookie.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { createChatApp } from '../support/chat-app.ts'
import { deflated, plain, signToken } from '../support/sign-token.ts'

const ONE = 'golden secret number one, 32 chars+'
const TWO = 'golden secret number two, 32 chars+'
const COOKIE = ['session', '__Host-chat'] as const
const ID = '0123456789abcdef0123456789abcdef'
const tokens = createTokens([ONE])
const open = (token: string) => tokens.open(...COOKIE, token)
const seal = (payload: string) => tokens.seal(...COOKIE, payload)
const sign = (packed: Uint8Array<ArrayBuffer> | string, secret = ONE) =>
  signToken({ secret, purpose: COOKIE[0], name: COOKIE[1], packed })
const STATE = `[2,"${ID}",1800000000,0,"",[],[],[["mjd2k0f000001","Hi","Hello!"]]]`
const TURN = { id: 'mjd2k0f000001', user: 'Hi', assistant: 'Hello!', stopped: false }
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Cookies that hold a state of 2027. */
const { archive } = createChatApp()
const cookies = createSessionCookies({
  tokens,
  archive,
  maxAgeSeconds: 1000,
  now: () => 1_800_000_000_000,
})
const load = (token: string) => cookies.load(`__Host-chat=${token}`, 'secure')

describe('1. golden tokens', () => {
  it.each([
    ['session', '__Host-chat', '[]', '1.AFtd.sqFa0kuNap-bxQ7PH7ewzYM5JPxmoJP4BRm5v0_xgy4'],
    [
      'receipt',
      'receipt',
      '["é🚀"]',
      '1.AFsiw6nwn5qAIl0.-QrFksffLqjdPvsNQdqCb_YZ7QdhjhaisLJbNu0qTTc',
    ],
    [
      'segment',
      `${ID}/h3-Xq0zT`,
      '[[],[]]',
      '1.AFtbXSxbXV0.h7uStOPCxmmpcB71zpyM1i6UaD4XInpXjr-rfSNqSwY',
    ],
  ])('a plain %s token is exactly this one, and opens', async (purpose, name, payload, golden) => {
    expect(await tokens.seal(purpose, name, payload)).toBe(golden)
    expect(await tokens.open(purpose, name, golden)).toBe(payload)
  })

  it.each([
    [
      'level 9',
      '1.AYs20lEyMDQyNjE1M7ewTExKTklNQ-cr6RhaGECBjoGOkpJOdCwYRSvlZqUYZRukgaUMlXSUPDJBRGpOTr6iUmxsLAA.zWZnvbfXsy8_U_p4qBAhKIV26p4eict1g9rafKUoaF0',
    ],
    [
      'level 1',
      '1.AYs20lEyMDQyNjE1M7ewTExKTklNQ-cr6RhaGECBjoGOkpJOdCwYRSvlZqUYZRukgSUNlXSUPDJBRGpOTr6iUmxsLAA.UiMfexlfQ-iniqmuBDMvmvlKqbjteUwoPRVn9gt-qh8',
    ],
    [
      'level 0',
      '1.AQFeAKH_WzIsIjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmIiwxODAwMDAwMDAwLDAsIiIsW10sW10sW1sibWpkMmswZjAwMDAwMSIsIkhpIiwiSGVsbG8hIl1dXQ.zi4Z__pXcbDOautSl0P8sZDpYHXWU6sxVVBWQ3zmuRg',
    ],
  ])('a session deflated by another library at %s opens', async (_level, golden) => {
    expect(await open(golden)).toBe(STATE)
    expect((await load(golden))?.turns).toEqual([TURN])
  })

  it('a deflated receipt and a deflated segment open', async () => {
    const receipt =
      '1.AYtWMjA0MjYxNTO3sExMSk5JTUPnK-lEK-VmpRhlG6QZgIChko6SRyaISM3JyVdUitVRUooFAA.yofS0rxcBWNhAZojhOW89Y_9_ZfMg4FZ7YI68n70zNM'
    const expected = { conversationId: ID, turn: TURN, replaces: '' }
    expect(await createReceipts(tokens).open(receipt)).toEqual(expected)
    const segment =
      '1.AYuOjtWJjlbKzUoxyjZIMwABQyUdJY9MEJGak5OvqBQbGwsA.N7AYsh3E6OzjyV8Jg7sqMM9kYFTFQ4t95jFHJRgQNMU'
    expect(await tokens.open('segment', `${ID}/h3-Xq0zT`, segment)).toBe(
      '[[],[["mjd2k0f000001","Hi","Hello!"]]]',
    )
  })
})

describe('2. round trips', () => {
  it.each([
    ['an empty history', []],
    ['one turn', ['Hello']],
    ['emoji', ['👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿']],
    ['right-to-left text', ['\u202eשלום\u202c مرحبا']],
    ['combining marks', ['Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A', 'é', 'e\u0301']],
    ['NUL and line separators', ['a\u0000b\u2028\u2029\r\n']],
    ['what looks like JSON', ['"]]]', '\\"', '{"__proto__":1}']],
    ['a lone surrogate', ['\ud83d', '\ude80 x']],
  ])('%s', async (_name, texts: readonly string[]) => {
    const turns = texts.map((text, i) => ({ ...TURN, id: `mjd2k0f00000${i}`, user: text }))
    const { line } = await cookies.save({ ...cookies.start(), turns }, 'secure')
    expect((await cookies.load(line.split(';')[0] ?? '', 'secure'))?.turns).toEqual(turns)
  })
})

describe('3 to 7. changed tokens', () => {
  it('3. every single-character change is refused, by any character at any place', {
    timeout: 30_000,
  }, async () => {
    const token = await sign(plain('["hello"]'))
    expect(await open(token)).toBe('["hello"]')
    for (let at = 0; at < token.length; at++) {
      const others = [...`${ALPHABET}.+/= %~é\u0000`].filter((other) => other !== token[at])
      const changed = others.map((other) => token.slice(0, at) + other + token.slice(at + 1))
      const opened = await Promise.all(changed.map(open))
      expect(
        opened.every((payload) => payload === null),
        `at ${at}`,
      ).toBe(true)
    }
  })

  it('3. every character left out, doubled or swapped with the next is refused', async () => {
    const token = await sign(await deflated('["hello hello hello hello hello hello"]'))
    expect(await open(token)).not.toBeNull()
    for (let at = 0; at < token.length; at++) {
      const [before, here, next, after] = [
        token.slice(0, at),
        token.charAt(at),
        token.charAt(at + 1),
        token.slice(at + 2),
      ]
      for (const changed of [before + next + after, before + here + here + next + after]) {
        expect(await open(changed), `at ${at}`).toBeNull()
      }
      const swapped = before + next + here + after
      if (swapped !== token) expect(await open(swapped), `at ${at}`).toBeNull()
    }
  })

  it('4. every truncation, from either end, of a real cookie is refused', async () => {
    const golden = await seal(STATE)
    for (let at = 1; at <= golden.length; at++) {
      expect(await open(golden.slice(0, -at)), `without the last ${at}`).toBeNull()
      expect(await open(golden.slice(at)), `without the first ${at}`).toBeNull()
    }
  })

  const MEGABYTE = 'A'.repeat(1024 * 1024)
  it.each([
    ['nothing', ''],
    ['one dot', '.'],
    ['three dots', '...'],
    ['a megabyte', MEGABYTE],
    ['a megabyte of dots', '.'.repeat(MEGABYTE.length)],
    ['a megabyte of body', `1.${MEGABYTE}.${'A'.repeat(43)}`],
    ['a megabyte of signature', `1.AFtd.${MEGABYTE}`],
    ['more than is read', `1.${MEGABYTE}${MEGABYTE}.AAAA`],
  ])('4. %s is refused, fast', async (_name, token) => {
    const started = performance.now()
    expect(await open(token)).toBeNull()
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it.each<[string, (token: string) => string]>([
    ['an extra part', (token) => `${token}.`],
    ['a part before', (token) => `.${token}`],
    ['padding of the signature', (token) => `${token}=`],
    ['padding of the body', (token) => token.replace('.AFtd', '.AFtd====')],
    ['a line end', (token) => `${token}\n`],
    ['a line end within', (token) => token.replace('AFtd', 'AF\ntd')],
    ['a blank before', (token) => ` ${token}`],
    ['a NUL', (token) => `${token}\u0000`],
    ['quotes', (token) => `"${token}"`],
    ['percent-encoding', (token) => token.replace('A', '%41')],
    ['letters of full width', (token) => token.replace('1.', '１.')],
  ])('4. %s is refused', async (_name, change) => {
    const token = await seal('[]')
    expect(change(token)).not.toBe(token)
    expect(await open(change(token))).toBeNull()
  })

  it('5. spare bits of the last character are refused, in the signature and in a body that is signed so', async () => {
    const [version, body = '', mac = ''] = (await sign(plain('[]'))).split('.')
    const withBits = (text: string, bits: number) =>
      text.slice(0, -1) + ALPHABET.charAt(ALPHABET.indexOf(text.slice(-1)) | bits)
    for (const bits of [1, 2, 3]) {
      expect(await open([version, body, withBits(mac, bits)].join('.'))).toBeNull()
    }
    // Three bytes leave no bits to spare, two leave two and one four.
    for (const payload of ['1', '', '123']) {
      const text = (await sign(plain(payload))).split('.')[1] ?? ''
      expect(await open(await sign(text))).toBe(payload)
      expect(await open(await sign(withBits(text, 1)))).toBeNull()
      expect(await open(await sign(`${text}=`))).toBeNull()
    }
  })

  it('5. + and / for - and _ are refused', async () => {
    const token = await sign(plain('~~~???>>>~~~'))
    expect(token).toMatch(/-.*_|_.*-/)
    expect(await open(token)).not.toBeNull()
    expect(await open(token.replaceAll('-', '+').replaceAll('_', '/'))).toBeNull()
    expect(await open(token.replace('-', '+'))).toBeNull()
    expect(await open(token.replace('_', '/'))).toBeNull()
  })

  it.each([0, 1, 16, 31, 32, 33, 64])(
    '6. a signature of %d zero bytes is refused',
    async (length) => {
      const zeros = btoa('\u0000'.repeat(length)).replaceAll('=', '')
      expect(await open(`1.AFtd.${zeros}`)).toBeNull()
    },
  )

  it('6. the first half of the right signature, and the right one twice, are refused', async () => {
    const [version, body, mac = ''] = (await seal('[]')).split('.')
    for (const other of [mac.slice(0, 22), `${mac}${mac}`, mac.slice(0, -1)]) {
      expect(await open([version, body, other].join('.'))).toBeNull()
    }
  })

  it('7. body and signature of two good tokens are refused when mixed', async () => {
    const [a = [], b = []] = [(await seal('["a"]')).split('.'), (await seal('["b"]')).split('.')]
    expect(await open([a[0], a[1], b[2]].join('.'))).toBeNull()
    expect(await open([b[0], b[1], a[2]].join('.'))).toBeNull()
    expect(await open(a.join('.'))).toBe('["a"]')
  })
})

describe('8 to 15. secrets, versions and purposes', () => {
  const rotated = createTokens([TWO, ONE])

  it('8. a token of the old secret opens and is signed anew with the first; without the old one it is refused', async () => {
    const old = await seal('[]')
    const payload = await rotated.open(...COOKIE, old)
    expect(payload).toBe('[]')
    expect(await createTokens([TWO]).open(...COOKIE, old)).toBeNull()
    expect(await createTokens([TWO]).open(...COOKIE, await rotated.seal(...COOKIE, '[]'))).toBe(
      '[]',
    )
  })

  it('9. only the first secret signs', async () => {
    const golden = '1.AFtd.t-dScFS2a7gRYDgAQ3bZjCj4z7W3rqWYRYuB_VFdOcM'
    expect(await rotated.seal(...COOKIE, '[]')).toBe(golden)
    expect(await open(golden)).toBeNull()
  })

  it('9. without a secret nothing is signed and nothing opens', async () => {
    await expect(createTokens([]).seal(...COOKIE, '[]')).rejects.toThrow('no secret')
    expect(await createTokens([]).open(...COOKIE, await seal('[]'))).toBeNull()
  })

  it.each(['0', '2', '01', '1 ', ''])(
    '11. version "%s" is refused, however signed',
    async (version) => {
      const parts = { secret: ONE, purpose: COOKIE[0], name: COOKIE[1], packed: plain('[]') }
      expect(await open(await signToken({ ...parts, version }))).toBeNull()
    },
  )

  it.each([2, 3, 4, 127, 128, 255])('11. a body packed in way %d is refused', async (how) => {
    for (const packed of [plain(STATE), await deflated(STATE)]) {
      packed[0] = how
      expect(await open(await sign(packed))).toBeNull()
    }
  })

  it('12. a cookie under another name is refused', async () => {
    expect(await tokens.open('session', 'chat_dev', await seal(STATE))).toBeNull()
    expect(await cookies.load(`chat_dev=${await seal(STATE)}`, 'plain')).toBeNull()
  })

  it('12. no other split of purpose and name gives the same signature', async () => {
    const token = await tokens.seal('a', 'bc', '[]')
    for (const [purpose, name] of [
      ['ab', 'c'],
      ['', 'abc'],
      ['abc', ''],
      ['bc', 'a'],
    ] as const) {
      expect(await tokens.open(purpose, name, token)).toBeNull()
    }
  })

  it('13. cookie, receipt and segment are not taken for each other', async () => {
    const names = { session: '__Host-chat', receipt: 'receipt', segment: `${ID}/h3-Xq0zT` }
    for (const [purpose, name] of Object.entries(names)) {
      const token = await tokens.seal(purpose, name, STATE)
      for (const [other, otherName] of Object.entries(names)) {
        const opened = await tokens.open(other, otherName, token)
        expect(opened, `${purpose} as ${other}`).toBe(other === purpose ? STATE : null)
      }
    }
  })

  it('13. a segment under another key or of another conversation is refused', async () => {
    const token = await tokens.seal('segment', `${ID}/h3-Xq0zT`, '[[],[]]')
    for (const name of [`${ID}/h3-Xq0zS`, `${ID.replace('0', '1')}/h3-Xq0zT`, 'h3-Xq0zT']) {
      expect(await tokens.open('segment', name, token)).toBeNull()
    }
  })

  it.each([`${ONE} `, ONE.slice(1), ONE.toUpperCase(), TWO])(
    '15. another secret is refused: "%s"',
    async (secret) => {
      expect(await createTokens([secret]).open(...COOKIE, await seal('[]'))).toBeNull()
    },
  )
})

describe('16 to 19. what is signed and still not right', () => {
  it('16. a bomb is stopped at the limit', async () => {
    const bomb = await sign(await deflated('0'.repeat(10 * 1024 * 1024)))
    expect(bomb.length).toBeLessThan(16 * 1024)
    expect(await open(bomb)).toBeNull()
    expect(await load(bomb)).toBeNull()
  })

  it.each([[[0]], [[3, 0]], [[1, 2, 3, 4, 5, 6, 7, 8]]])(
    '17. bytes after the deflated text are refused: %j',
    async (trailing) => {
      expect(await open(await sign(await deflated(STATE)))).toBe(STATE)
      expect(await open(await sign(await deflated(STATE, trailing)))).toBeNull()
    },
  )

  it('17. two deflated texts, a cut one and an empty one are refused', async () => {
    const packed = await deflated(STATE)
    expect(await open(await sign(await deflated(STATE, [...packed.slice(1)])))).toBeNull()
    for (let cut = 1; cut < packed.length; cut++) {
      expect(await open(await sign(packed.slice(0, -cut))), `cut by ${cut}`).toBeNull()
    }
  })

  it('18. text that is no UTF-8 is refused', async () => {
    expect(await open(await sign(plain(Uint8Array.of(91, 0xc3, 0x28, 93))))).toBeNull()
  })

  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  it.each([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '2'],
    ['an object', '{"0":2}'],
    ['prototype names', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'],
    ['prototype names inside', STATE.replace('["mjd2k0f000001"', '[{"__proto__":{"polluted":1}}')],
    ['10,000 levels', nested(10_000)],
    ['300,000 levels', nested(300_000)],
    ['10,000 levels for turns', STATE.replace('[["mjd2k0f000001","Hi","Hello!"]]', nested(10_000))],
    ['19. a version as text', STATE.replace('[2', '["2"')],
    ['19. a start as text', STATE.replace('1800000000', '"1800000000"')],
    ['19. NaN', STATE.replace('1800000000', 'NaN')],
    ['19. null for a number', STATE.replace('1800000000', 'null')],
    ['19. an infinite number', STATE.replace('1800000000', '1e999')],
    ['19. a fraction', STATE.replace('1800000000', '1800000000.5')],
    ['19. a negative count', STATE.replace(',0,""', ',-2,""')],
    ['19. a count beyond what is exact', STATE.replace(',0,""', ',9007199254740993,""')],
    ['19. a segment of a negative length', STATE.replace('[],[],[[', '[],[["h3-Xq0zT",0,-1]],[[')],
    [
      '19. a huge list of nothing',
      STATE.replace('[],[],[[', `[${'null,'.repeat(99_999)}null],[],[[`),
    ],
    [
      '19. a huge list of turns that are none',
      STATE.replace('[["mjd', `[${'[],'.repeat(99_999)}["mjd`),
    ],
    ['19. a turn id of upper case', STATE.replace('mjd2k', 'MJD2K')],
    ['19. a turn too long by one', STATE.replace('"Hello!"', '"Hello!",1,1')],
    ['19. a turn that is stopped by a word', STATE.replace('"Hello!"', '"Hello!","1"')],
  ])('18. a signed body that is %s gives a new session', async (_name, payload) => {
    expect(payload).not.toBe(STATE)
    expect(await load(await sign(await deflated(payload)))).toBeNull()
    expect(await load(await sign(await deflated(STATE)))).not.toBeNull()
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})
