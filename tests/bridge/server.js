/**
 * Many test bridges in one process, for the tests of novu_provider.
 *
 * Prints one line of JSON, {"url": …}, when it is ready. Ends on SIGTERM, and when its standard input closes. The latter
 * also happens when the parent is killed and cannot send a signal.
 */
import { createServer } from 'node:http';
import process from 'node:process';
import { createApp } from './app.js';

// A spec without a secret key must not use the key from the developer's shell.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('NOVU_')) delete process.env[name];
}

const server = createServer(createApp());
// Node's default of five seconds would close idle connections that a test is about to use again.
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
});

const stop = () => process.exit(0);
process.once('SIGTERM', stop);
process.stdin.once('end', stop);
process.stdin.once('error', stop);
process.stdin.resume();
