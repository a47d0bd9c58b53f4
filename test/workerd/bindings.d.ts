/** What workerd's own module offers to a test: the bindings of `wrangler.toml`. */

declare module 'cloudflare:workers' {
  export const env: Readonly<Record<string, unknown>>
}
