/**
 * Tells hosts that only the own machine or network can reach from public ones. Two rooms ask: an
 * unencrypted model server is accepted on a private host only, and a session cookie over HTTP is
 * `Secure` everywhere else.
 */

/**
 * Loopback, private and link-local ranges of RFC 1918, RFC 3927, RFC 4193 and RFC 6598
 * (carrier-grade and mesh networks).
 */
const PRIVATE_ADDRESS =
  /^(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|\[::1\]$|\[f[cd][0-9a-f]{2}:|\[fe80:)/
const PRIVATE_NAME = /(?:^localhost|\.localhost|\.local|\.internal|\.lan|\.home\.arpa)$/

/**
 * True for loopback and private addresses, names of local networks, and names of one label (as
 * containers have).
 *
 * @param hostname as `URL.hostname` gives it: lower case, IPv6 in brackets
 */
export function isPrivateHost(hostname: string): boolean {
  if (/^[\d.]+$/.test(hostname) || hostname.startsWith('[')) return PRIVATE_ADDRESS.test(hostname)
  return PRIVATE_NAME.test(hostname) || !hostname.includes('.')
}

/**
 * True for the own machine, which browsers trust as they trust HTTPS (W3C Secure Contexts §3.1).
 *
 * @param hostname as `URL.hostname` gives it
 */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
}
