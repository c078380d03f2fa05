/**
 * One bridge on @novu/framework 2.3.0, whose manifest lacks what later ones have.
 *
 * Prints one line of JSON, {"url": …}, when it is ready, and ends as tests/bridge/server.js does. NOVU_SECRET_KEY is its
 * key.
 */
import { Client, workflow } from '@novu/framework';
import { serve } from '@novu/framework/express';
import express from 'express';
import process from 'node:process';

// This framework tells what it discovers, before the line that the test waits for.
console.log = () => {};

const client = new Client({ secretKey: process.env.NOVU_SECRET_KEY, strictAuthentication: true });
const welcome = workflow('welcome', async ({ step }) => {
  await step.email('mail', async () => ({ subject: 'Welcome', body: 'Hello' }));
});

const app = express();
app.use(express.json());
app.all('/api/novu', serve({ client, workflows: [welcome] }));
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}/api/novu` })}\n`);
});

const stop = () => process.exit(0);
process.once('SIGTERM', stop);
process.stdin.once('end', stop);
process.stdin.once('error', stop);
process.stdin.resume();
