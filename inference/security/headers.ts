// The headers under which pages run: everything from this worker, nothing from anywhere else.

import type { FastifyHelmetOptions } from '@fastify/helmet';

/**
 * What the page needs beyond `'self'`, each with its reason. The page has no inline script or style; where it must set
 * styles it does so through the DOM, which no policy hinders.
 */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'", "'wasm-unsafe-eval'"], // TensorFlow.js compiles its WebAssembly in the page
  workerSrc: ["'self'", 'blob:'], // frames are scaled off the main thread
  styleSrc: ["'self'"],
  fontSrc: ["'self'"],
  imgSrc: ["'self'", 'blob:', 'data:'], // pictures that a person chose
  mediaSrc: ["'self'", 'blob:'], // the camera
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** @param tls only then do browsers remember to come back by https */
export const securityHeaders = (tls: boolean): FastifyHelmetOptions => ({
  contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
  strictTransportSecurity: tls ? { maxAge: 15_552_000, includeSubDomains: false } : false,
  referrerPolicy: { policy: 'no-referrer' }, // a session's link must not leave in a Referer
  crossOriginResourcePolicy: { policy: 'same-origin' },
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  crossOriginEmbedderPolicy: false,
  xFrameOptions: { action: 'deny' },
});

/** The camera for the page itself; nothing else of the device. */
export const PERMISSIONS_POLICY = 'camera=(self), microphone=(), geolocation=(), payment=(), usb=()';
