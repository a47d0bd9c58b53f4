import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutTitle, isShortened, shorten, titleOf, toLine } from '../../src/conversation/title.ts'

const text = fc.string({ unit: 'binary', maxLength: 300 })
const line = text.map(toLine)

describe('a title', () => {
  it.each([
    ['## Hello,\nhow do I …', 'Hello, how do I …'],
    ['> - * `quoted`', 'quoted'],
    ['  What\tis \u0000 inflation?\r\n', 'What is inflation?'],
    ['one\u2028two\u2029three', 'one two three'],
    ['שלום עולם', 'שלום עולם'],
    ['a lone \ud83d half', 'a lone \ufffd half'],
    ['', ''],
    ['###', '###'],
  ])('is made of %j', (question, title) => {
    expect(cutTitle(question)).toBe(title)
  })

  it('is cut between words, and says so', () => {
    const question =
      'Why do prices rise when there is more money, and who decides how much there is?'
    expect(cutTitle(question)).toBe('Why do prices rise when there is more money, and who…')
    expect(cutTitle('x'.repeat(100_000))).toBe(`${'x'.repeat(59)}…`)
  })

  it('is cut between characters where there are no words, whatever their direction', () => {
    expect(shorten('🌍'.repeat(9), 5)).toBe('🌍🌍🌍🌍…')
    expect(shorten('א'.repeat(9), 5)).toBe('אאאא…')
    expect(shorten('語'.repeat(3), 3)).toBe('語語語')
    expect(shorten('語'.repeat(3), 0)).toBe('')
  })

  it('is the name that the visitor gave, else of the first question, even when that has left', () => {
    const turns = [{ user: 'What now?', assistant: 'a', stopped: false }]
    expect(titleOf({ turns })).toBe('What now?')
    expect(titleOf({ turns, title: 'What first?' })).toBe('What first?')
    expect(titleOf({ turns, title: 'What first?', name: 'My name' })).toBe('My name')
    expect(titleOf({ turns: [] })).toBe('')
  })

  it('has at most so many characters, is well-formed and one line', () => {
    fc.assert(
      fc.property(text, (question) => {
        const title = cutTitle(question)
        expect([...title].length).toBeLessThanOrEqual(60)
        expect(title.isWellFormed()).toBe(true)
        expect(title).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
      }),
    )
  })

  it('is known again after it was shortened, once or twice', () => {
    fc.assert(
      fc.property(line, fc.nat(80), fc.nat(80), (whole, once, twice) => {
        const short = shorten(whole, once)
        expect([...short].length).toBeLessThanOrEqual(once)
        expect(isShortened(short, whole)).toBe(true)
        expect(isShortened(shorten(short, twice), whole)).toBe(true)
      }),
    )
  })

  it('is told from another', () => {
    expect(isShortened('What…', 'Who is it?')).toBe(false)
    expect(isShortened('What', 'What is it?')).toBe(false)
  })
})
