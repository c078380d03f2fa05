/**
 * Many controllable bridges in one process, for the tests of novu_provider.
 *
 * Prints one line of JSON, {"url": …}, when it is ready. Ends with the one who started it: on SIGTERM, and when its
 * standard input closes, which also happens when the parent is killed and can send no signal any more.
 */
import { createServer } from 'node:http';
import process from 'node:process';
import { createApp } from './app.js';

// A spec without a secret key must not find one in the developer's shell.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('NOVU_')) delete process.env[name];
}

const server = createServer(createApp());
// Node's five seconds would close the tests' idle connections just as they are used again.
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
