/**
 * Headers that close what a chat page never needs: the page may load from its own host only, and run no inline script or
 * style. `Referrer-Policy` is `same-origin` and not `no-referrer`, because with the latter browsers send `Origin: null`
 * with the page's own forms.
 */

import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

export function securityHeaders(): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: 'same-origin',
    xFrameOptions: 'DENY',
    // Whether a whole domain is HTTPS only is for its owner to decide.
    strictTransportSecurity: false,
  })
}
