import { describe, expect, it } from 'vitest'
import type { RawEnvironment } from '../../src/setting.ts'
import { nameNotices, settingNotices } from '../../src/settings/notices.ts'

const sentences = (raw: RawEnvironment) =>
  settingNotices(raw).map(({ name, text }) => `${name} ${text}`)

describe('settingNotices', () => {
  it('has nothing to say of settings that have an effect, nor of what is no text', () => {
    expect(
      sentences({ HF_TOKEN: 'hf_x', HF_MODEL: 'a/b', MAX_TURNS: '4', RATE_LIMIT: {} }),
    ).toEqual([])
    expect(sentences({ HF_MODEL_URL: 'http://127.0.0.1:1/v1', HF_MODEL: 'x' })).toEqual([])
    expect(sentences({ HF_MODEL: ' ', RATE_LIMIT: '' })).toEqual([])
  })

  it('says that the demo model answers although a model is named', () => {
    expect(sentences({ HF_MODEL: 'a/b', HF_TOKEN: '' })).toEqual([
      'HF_MODEL is set, but neither HF_TOKEN nor HF_MODEL_URL: the demo model answers',
    ])
  })

  it('says that a limit does not exist, unless it shall not', () => {
    expect(sentences({ RATE_LIMIT: '20', DAILY_TOKENS: '1000' })).toEqual([
      'RATE_LIMIT is not supported by this version: nothing limits visitors',
      'DAILY_TOKENS is not supported by this version: nothing limits what the model may cost',
    ])
    expect(sentences({ RATE_LIMIT: 'off', TRUST_PROXY: 'off' })).toEqual([])
  })
})

describe('nameNotices', () => {
  it.each([
    ['HF_TOKENS', 'HF_TOKEN'],
    ['HF_TOKN', 'HF_TOKEN'],
    ['HFTOKEN', 'HF_TOKEN'],
    ['hf_model', 'HF_MODEL'],
    ['HF_MODELS', 'HF_MODEL'],
    ['HF_MODEL_URI', 'HF_MODEL_URL'],
    ['PROT', 'PORT'],
  ])('takes %s for a misspelt %s', (name, meant) => {
    expect(nameNotices([name])).toEqual([{ name, text: `is no setting: did you mean ${meant}?` }])
  })

  it.each(['OPENAI_API_KEY', 'X', 'NODE_ENV', 'toString'])('guesses nothing for %s', (name) => {
    expect(nameNotices([name])).toEqual([{ name, text: 'is no setting' }])
  })

  it('knows every setting, and those that are to come', () => {
    expect(nameNotices(['HF_TOKEN', 'LOG_LEVEL', 'RATE_LIMIT', 'ACCESS_PASSWORD'])).toEqual([])
  })
})
