/** The notification application: an Express server with Novu's bridge endpoint at /api/novu. */
import { createServer } from 'node:http';
import process from 'node:process';
import { Client } from '@novu/framework';
import { serve } from '@novu/framework/express';
import express from 'express';
import { bookFinder } from './agents.js';
import { workflowsOf } from './releases.js';
import { readSettings } from './settings.js';

const BRIDGE_PATH = '/api/novu';

/** @param {string} reason */
function fail(reason) {
  console.error(`bridge: ${reason}`);
  process.exit(1);
}

/** @param {import('./settings.js').Settings} settings */
function createApp({ secretKey, release, agent }) {
  // Always strict, regardless of NODE_ENV. Otherwise anyone could read the workflows and render messages.
  const client = new Client({ secretKey, strictAuthentication: true, verbose: false });
  const app = express();
  app.disable('x-powered-by');
  // The framework verifies the signature of the parsed body, so the JSON parser must run before the bridge.
  app.use(express.json({ limit: '1mb' }));
  app.use(BRIDGE_PATH, serve({ client, workflows: workflowsOf(release), agents: agent ? [bookFinder] : [] }));
  return app;
}

/** @param {import('./settings.js').Settings} settings */
function start(settings) {
  const server = createServer(createApp(settings));
  server.on('error', (error) => fail(error.message));
  server.listen(settings.port, settings.host, () => {
    const { address, family, port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const host = family === 'IPv6' ? `[${address}]` : address;
    console.log(`bridge listening on http://${host}:${port}${BRIDGE_PATH}`);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    // Finish the running requests. Then the process ends, because nothing keeps it alive.
    process.once(signal, () => server.close());
  }
}

try {
  start(readSettings(process.env));
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
