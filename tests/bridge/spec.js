/**
 * The shapes of a bridge's spec.
 *
 * @typedef {object} BridgeSpec
 * @property {string} [secretKey]
 * @property {boolean} [strict] Whether signatures are checked; true by default.
 * @property {boolean} [lazy] Makes the framework's handler at each request, as a route that is loaded when it is called.
 * @property {WorkflowSpec[]} [workflows]
 * @property {string[]} [agents] Ids.
 * @property {import('./fault.js').Fault | null} [fault]
 *
 * @typedef {object} WorkflowSpec What workflow() of the framework takes, as JSON. Schemas are JSON schemas.
 * @property {string} id
 * @property {string} [name]
 * @property {string} [description]
 * @property {string[]} [tags]
 * @property {any} [severity]
 * @property {object} [preferences] As written in code: channel keys in camel case.
 * @property {object} [payloadSchema]
 * @property {'v3' | 'v4'} [zod] Writes the payload schema with this zod instead: an object with one text, `name`.
 * @property {object} [controlSchema] Of the whole workflow; most have it on their steps only.
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
 * A misspelt key would make a test pass for the wrong reason, so it is refused.
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
