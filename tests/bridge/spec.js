/**
 * The shapes of a bridge's spec.
 *
 * @typedef {object} BridgeSpec
 * @property {string} [secretKey]
 * @property {boolean} [strict] Whether to verify signatures. Default: true.
 * @property {boolean} [lazy] Creates the framework's handler for each request, like a route that is loaded on demand.
 * @property {WorkflowSpec[]} [workflows]
 * @property {string[]} [agents] Ids.
 * @property {import('./fault.js').Fault | null} [fault]
 *
 * @typedef {object} WorkflowSpec The arguments of the framework's workflow(), as JSON. Schemas are JSON Schemas.
 * @property {string} id
 * @property {string} [name]
 * @property {string} [description]
 * @property {string[]} [tags]
 * @property {any} [severity]
 * @property {object} [preferences] As in code: channel keys in camel case.
 * @property {object} [payloadSchema]
 * @property {'v3' | 'v4'} [zod] Uses this version of zod for the payload schema: an object with one string, `name`.
 * @property {object} [controlSchema] Control schema of the whole workflow. Usually only steps have one.
 * @property {object} [envSchema]
 * @property {StepSpec[]} steps
 *
 * @typedef {object} StepSpec
 * @property {string} id
 * @property {string} type As in the discover document, e.g. in_app.
 * @property {object} [controlSchema]
 * @property {Record<string, object>} [providers] The output of each provider's override.
 * @property {object} [outputSchema] Of a custom step.
 * @property {boolean} [disableOutputSanitization]
 */

const BRIDGE_KEYS = ['secretKey', 'strict', 'lazy', 'workflows', 'agents', 'fault'];
const WORKFLOW_KEYS = [
  ...['id', 'name', 'description', 'tags', 'severity', 'preferences'],
  ...['payloadSchema', 'zod', 'controlSchema', 'envSchema', 'steps'],
];
const STEP_KEYS = ['id', 'type', 'controlSchema', 'providers', 'outputSchema', 'disableOutputSanitization'];
const FAULT_KEYS = [
  ...['status', 'body', 'contentType', 'headers', 'delayMs', 'drop', 'redirect'],
  ...['actions', 'times'],
];

/**
 * Refuses unknown keys. A misspelled key could make a test pass for the wrong reason.
 *
 * @param {object} value
 * @param {string[]} known
 * @param {string} where
 */
function onlyKnown(value, known, where) {
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`${where}: unknown key ${unknown.join(', ')}; known: ${known.join(', ')}`);
}

/** @param {BridgeSpec} spec */
export function checkSpec(spec) {
  onlyKnown(spec, BRIDGE_KEYS, 'bridge');
  if (spec.fault) onlyKnown(spec.fault, FAULT_KEYS, 'fault');
  for (const workflow of spec.workflows ?? []) {
    onlyKnown(workflow, WORKFLOW_KEYS, `workflow ${workflow.id}`);
    for (const step of workflow.steps ?? []) onlyKnown(step, STEP_KEYS, `step ${step.id} of ${workflow.id}`);
  }
}
