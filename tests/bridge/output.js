/** Builds the output of a step: valid for its type, with the values of its controls if possible. */

/**
 * The properties of each output with their defaults. A control of the same name overrides a default.
 *
 * @type {Record<string, object>}
 */
const SAMPLES = {
  email: { subject: 'Subject', body: 'Body', from: undefined, replyTo: undefined, preheader: undefined },
  in_app: { subject: 'Subject', body: 'Body', avatar: undefined, redirect: undefined, data: undefined },
  sms: { body: 'Body' },
  push: { subject: 'Subject', body: 'Body' },
  chat: { body: 'Body' },
  tool: { body: 'Body' },
  digest: { amount: 1, unit: 'hours', digestKey: undefined },
  delay: { amount: 1, unit: 'hours' },
  throttle: { type: 'fixed', amount: 1, unit: 'hours', threshold: 1, throttleKey: undefined },
  http_request: {},
};

/**
 * @param {any} schema A JSON schema without references.
 * @returns {any}
 */
function sample(schema) {
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, value]) => [key, sample(value)]));
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    default:
      return 'text';
  }
}

/**
 * @param {string} type
 * @param {Record<string, unknown>} controls
 * @param {object} [outputSchema] Of a custom step.
 * @returns {Record<string, unknown>}
 */
export function outputOf(type, controls, outputSchema) {
  if ((type === 'digest' || type === 'delay') && controls.cron) return { type: 'timed', cron: controls.cron };

  const defaults = type === 'custom' ? sample(outputSchema ?? { type: 'object' }) : SAMPLES[type];
  const entries = Object.entries(defaults).map(([key, value]) => [key, controls[key] ?? value]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
