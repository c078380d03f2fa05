/** One bridge: the framework's handler, with a log of requests and an optional fault in front of it. */
import { Client, agent } from '@novu/framework';
import { serve } from '@novu/framework/express';
import { FaultInjector } from './fault.js';
import { checkSpec } from './spec.js';
import { workflowFrom } from './workflow.js';

/**
 * @typedef {object} LoggedRequest
 * @property {string} method
 * @property {string | null} action The query parameter as sent.
 * @property {number} at Milliseconds since 1970.
 * @property {boolean} signed Whether the request has a signature, valid or not.
 * @property {object} query
 * @property {string | null} userAgent
 */

/**
 * @param {import('./spec.js').BridgeSpec} spec
 * @returns {Promise<(request: any, response: any) => Promise<unknown>>}
 */
async function handlerFor({ secretKey = '', strict = true, workflows = [], agents = [] }) {
  const client = new Client({ secretKey, strictAuthentication: strict, verbose: false });
  // The framework usually discovers on the first request. Discover now, so that the PUT of an invalid spec fails.
  await client.addWorkflows(workflows.map(workflowFrom));
  return serve({ client, agents: agents.map((id) => agent(id, { onMessage: () => 'Thank you.' })) });
}

export class Bridge {
  /** @type {LoggedRequest[]} */
  requests = [];

  #injector = new FaultInjector(null);

  /** @type {(request: any, response: any) => Promise<unknown>} */
  #handler = async () => undefined;

  /**
   * Serves this spec. The log of requests remains.
   *
   * @param {import('./spec.js').BridgeSpec} spec
   */
  async declare(spec) {
    checkSpec(spec);
    this.#handler = spec.lazy
      ? async (request, response) => (await handlerFor(spec))(request, response)
      : await handlerFor(spec);
    this.#injector = new FaultInjector(spec.fault ?? null);
  }

  clearRequests() {
    this.requests = [];
  }

  /**
   * @param {import('express').Request} request
   * @param {import('express').Response} response
   */
  async respond(request, response) {
    const { action } = request.query;
    this.requests.push({
      method: request.method,
      action: typeof action === 'string' ? action : null,
      at: Date.now(),
      signed: request.get('novu-signature') !== undefined,
      query: { ...request.query },
      userAgent: request.get('user-agent') ?? null,
    });
    if (!(await this.#injector.handle(request, response))) await this.#handler(request, response);
  }
}
