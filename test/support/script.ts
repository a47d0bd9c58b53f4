/** Lets a test say, in the visitor's message, byte for byte what the fake model server shall answer. */

export interface ScriptedAnswer {
  /** 200 unless given. */
  readonly status?: number
  /** Besides `Content-Type: text/event-stream`. */
  readonly headers?: Readonly<Record<string, string>>
  /** What is written, each piece by itself; every character is one byte. */
  readonly chunks: readonly string[]
  /** Milliseconds after each piece. */
  readonly everyMs?: number
  /** What follows the last piece, if not the end of the answer. */
  readonly ends?: 'reset' | 'hang'
}

/** A message that makes the server answer so; with several answers, one after the other to repeated requests. */
export function scripted(...answers: readonly ScriptedAnswer[]): string {
  return `[script:${btoa(bytesOf(JSON.stringify(answers)))}] ${crypto.randomUUID()}`
}

/** UTF-8 bytes of a text, a character each. */
export function bytesOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
}
