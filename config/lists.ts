// Variables of the environment that hold lists.

import type { Environment } from './home.ts';

/** The parts of such a variable; blanks and empty parts don't count. */
export const listOf = (text: string | undefined, separator: string): string[] =>
  (text ?? '').split(separator).flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));

/** DIGITFLOW_URL_NETWORKS: networks, as CIDR, that source `url` may reach besides the public internet. None by default. */
export const urlNetworksOf = (environment: Environment): string[] => listOf(environment['DIGITFLOW_URL_NETWORKS'], ',');

/** DIGITFLOW_TRUSTED_KEYS: public keys (SPKI in DER, base64) whose models are taken besides those of the home's own key. */
export const trustedKeysOf = (environment: Environment): string[] => listOf(environment['DIGITFLOW_TRUSTED_KEYS'], ',');
