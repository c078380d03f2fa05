/** The settings of the application, from environment variables. */
import { RELEASES } from './releases.js';

/**
 * @typedef {object} Settings
 * @property {string} host
 * @property {number} port 0 chooses a free port.
 * @property {string} secretKey Verifies that a request comes from Novu. Each Novu environment has its own key.
 * @property {string} release The release of the application to serve.
 * @property {boolean} agent Whether to serve the agent. The agent must exist in Novu.
 */

/**
 * @param {Record<string, string | undefined>} env
 * @returns {Settings}
 */
export function readSettings(env) {
  const { HOST = '127.0.0.1', PORT = '4000', NOVU_SECRET_KEY = '', BRIDGE_RELEASE = '1', BRIDGE_AGENT = 'off' } = env;
  if (!NOVU_SECRET_KEY) {
    throw new Error('NOVU_SECRET_KEY is not set. Novu shows it on the page API Keys of the environment.');
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
