/** A GET with a `Host` header of its own, as a proxy in front of the app sends it; `fetch` does not allow that. */

import { get, type IncomingHttpHeaders } from 'node:http'

export function requestWithHost(url: string, host: string): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { Host: host } }, (response) => {
      response.resume()
      resolve(response.headers)
    }).on('error', reject)
  })
}
