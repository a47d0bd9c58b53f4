/**
 * Headers that close what a chat page never needs, by Hono's `secure-headers`. The page loads from
 * its own host only, and runs no inline script and no inline style.
 */

import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

const SELF = ["'self'"]
const NOBODY = ["'none'"]

/** Creates the middleware. It sets the headers of every answer, and replaces what is there. */
export function securityHeaders(): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: NOBODY,
      scriptSrc: SELF,
      styleSrc: SELF,
      imgSrc: SELF,
      connectSrc: SELF,
      manifestSrc: SELF,
      formAction: SELF,
      baseUri: NOBODY,
      frameAncestors: NOBODY,
    },
    crossOriginOpenerPolicy: 'same-origin',
    crossOriginResourcePolicy: 'same-origin',
    // With `no-referrer` browsers send `Origin: null` along with the page's own forms.
    referrerPolicy: 'same-origin',
    xContentTypeOptions: 'nosniff',
    xFrameOptions: 'DENY',
    // Whether a whole domain is HTTPS only (HSTS) is for its owner to decide.
    strictTransportSecurity: false,
    // The rest of Hono's defaults is for browsers of the past, or for what nobody needs here.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    removePoweredBy: false,
  })
}
