/** Faults between a caller and its bridge: login pages, crashed deployments, slow networks. */
import { setTimeout } from 'node:timers/promises';

/**
 * @typedef {object} Fault
 * @property {number} [status] 200 by default, 302 for a redirect.
 * @property {unknown} [body] A string is sent as text, any other value as JSON.
 * @property {string} [contentType]
 * @property {Record<string, string>} [headers] E.g. Retry-After.
 * @property {number} [delayMs] Delay before the response. If the fault has no other field, the bridge then responds normally.
 * @property {boolean} [drop] Closes the connection without a response.
 * @property {string} [redirect] URL of a redirect.
 * @property {string[]} [actions] Only requests with these actions. Default: all.
 * @property {number} [times] Number of requests until the fault ends. Default: unlimited.
 */

export class FaultInjector {
  #fault;
  #remaining;

  /** @param {Fault | null} fault */
  constructor(fault) {
    this.#fault = fault;
    this.#remaining = fault?.times ?? Number.POSITIVE_INFINITY;
  }

  /**
   * @param {import('express').Request} request
   * @param {import('express').Response} response
   * @returns {Promise<boolean>} Whether the request has been handled.
   */
  async handle(request, response) {
    const fault = this.#fault;
    if (!fault || this.#remaining <= 0) return false;
    if (fault.actions && !fault.actions.includes(String(request.query.action))) return false;
    this.#remaining -= 1;

    if (fault.delayMs) await setTimeout(fault.delayMs);
    if (fault.drop) {
      request.socket.destroy();
      return true;
    }
    if (fault.redirect !== undefined) {
      response.writeHead(fault.status ?? 302, { ...fault.headers, location: fault.redirect }).end();
      return true;
    }
    if (fault.status === undefined && fault.body === undefined) return false;

    const isText = typeof fault.body === 'string';
    const contentType = fault.contentType ?? (isText ? 'text/html' : 'application/json');
    response.writeHead(fault.status ?? 200, { ...fault.headers, 'content-type': contentType });
    response.end(isText ? fault.body : JSON.stringify(fault.body));
    return true;
  }
}
