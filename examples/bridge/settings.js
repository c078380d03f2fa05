/** What the application reads from its environment. */
import { RELEASES } from './releases.js';

/**
 * @typedef {object} Settings
 * @property {string} host
 * @property {number} port 0 lets the system choose.
 * @property {string} secretKey Verifies that a request comes from Novu; one per Novu environment.
 * @property {string} release Which release of the application is served.
 * @property {boolean} agent Whether the agent is served too; Novu must know it.
 */

/**
 * @param {Record<string, string | undefined>} env
 * @returns {Settings}
 */
export function readSettings(env) {
  const { HOST = '127.0.0.1', PORT = '4000', NOVU_SECRET_KEY = '', BRIDGE_RELEASE = '1', BRIDGE_AGENT = 'off' } = env;
  if (!NOVU_SECRET_KEY) {
    throw new Error('NOVU_SECRET_KEY is not set. Novu shows it under the API keys of the environment.');
  }
  if (!/^\d+$/.test(PORT) || Number(PORT) > 65535) {
    throw new Error(`PORT must be a number from 0 to 65535, not "${PORT}".`);
  }
  if (!RELEASES.includes(BRIDGE_RELEASE)) {
    throw new Error(`BRIDGE_RELEASE must be one of ${RELEASES.join(', ')}, not "${BRIDGE_RELEASE}".`);
  }
  if (!['on', 'off'].includes(BRIDGE_AGENT)) {
    throw new Error(`BRIDGE_AGENT must be on or off, not "${BRIDGE_AGENT}".`);
  }
  return {
    host: HOST,
    port: Number(PORT),
    secretKey: NOVU_SECRET_KEY,
    release: BRIDGE_RELEASE,
    agent: BRIDGE_AGENT === 'on',
  };
}
