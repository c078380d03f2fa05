/** Builds a workflow of the framework from a spec. */
import { workflow } from '@novu/framework';
import * as v3 from 'zod/v3';
import * as v4 from 'zod/v4';
import { outputOf } from './output.js';

const ZODS = { v3, v4 };

/** Step types as in the discover document, with the method of the framework's `step` that declares them. */
const METHODS = {
  email: 'email',
  in_app: 'inApp',
  sms: 'sms',
  push: 'push',
  chat: 'chat',
  tool: 'tool',
  digest: 'digest',
  delay: 'delay',
  throttle: 'throttle',
  custom: 'custom',
  http_request: 'httpRequest',
};

/**
 * @param {any} step The framework's declarations.
 * @param {import('./spec.js').StepSpec} spec
 */
async function declareStep(step, { id, type, providers = {}, ...options }) {
  if (!(type in METHODS)) {
    throw new Error(`step ${id}: the framework has no type ${type}; use a fault with a body to serve one`);
  }
  const declare = step[METHODS[/** @type {keyof typeof METHODS} */ (type)]];
  // Framework 2.13.2 discovers http_request steps, but has no method for them during execution.
  if (declare === undefined) return;

  const overrides = Object.entries(providers).map(([name, output]) => [name, async () => output]);
  await declare(id, async (/** @type {any} */ controls) => outputOf(type, controls, options.outputSchema), {
    ...options,
    ...(overrides.length > 0 && { providers: Object.fromEntries(overrides) }),
  });
}

/** @param {import('./spec.js').WorkflowSpec} spec */
export function workflowFrom({ id, steps, zod, ...options }) {
  const execute = async (/** @type {{ step: any }} */ { step }) => {
    for (const spec of steps) await declareStep(step, spec);
  };
  if (zod) options.payloadSchema = ZODS[zod].object({ name: ZODS[zod].string() });
  return workflow(id, execute, /** @type {any} */ (options));
}
