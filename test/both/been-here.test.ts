import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { hasBeenHere } from '../../src/http/been-here.ts'

const OWN = 'http://chat.example'
const app = new Hono().get('/', (c) => c.json(hasBeenHere(c)))

describe('hasBeenHere()', () => {
  it.each<[string, boolean, Record<string, string>]>([
    ['an address that was typed', false, { 'Sec-Fetch-Site': 'none' }],
    ['no browser', false, {}],
    ['a link of our page', true, { 'Sec-Fetch-Site': 'same-origin', Referer: `${OWN}/` }],
    ['a form of our page', true, { 'Sec-Fetch-Site': 'same-origin', Referer: `${OWN}/chat` }],
    ['a browser that hides where it comes from', true, { 'Sec-Fetch-Site': 'same-origin' }],
    ['plain HTTP', true, { Referer: `${OWN}/?before=20` }],
    ['another host by plain HTTP', false, { Referer: 'http://chat.example.org/' }],
    ['another port by plain HTTP', false, { Referer: 'http://chat.example:81/' }],
    ['another website', false, { 'Sec-Fetch-Site': 'cross-site', Referer: 'https://other.test/' }],
    [
      'our page behind a proxy that hides the name of the host',
      true,
      { 'Sec-Fetch-Site': 'same-origin', Referer: 'https://public.example/' },
    ],
    [
      'a page of ours that opens no session',
      false,
      { 'Sec-Fetch-Site': 'same-origin', Referer: `${OWN}/no-such-page` },
    ],
    ['what is no address', false, { Referer: 'about:client' }],
    ['what is no address at all', false, { Referer: ':' }],
  ])('knows %s', async (_, expected, headers) => {
    const response = await app.request(`${OWN}/`, { headers })
    expect(await response.json()).toBe(expected)
  })
})
