/** What stands between a caller and its bridge: login pages, crashed deployments, slow networks. */
import { setTimeout } from 'node:timers/promises';

/**
 * @typedef {object} Fault
 * @property {number} [status] 200 by default, 302 for a redirect.
 * @property {unknown} [body] Sent as it is if a string, else as JSON.
 * @property {string} [contentType]
 * @property {Record<string, string>} [headers] E.g. Retry-After.
 * @property {number} [delayMs] Waits first; with nothing else in the fault, the bridge then answers as ever.
 * @property {boolean} [drop] Closes the connection without an answer.
 * @property {string} [redirect] Where to.
 * @property {string[]} [actions] Only requests with these actions; all by default.
 * @property {number} [times] Only so many requests, then it is over; without end by default.
 */

export class Disturbance {
  #fault;
  #left;

  /** @param {Fault | null} fault */
  constructor(fault) {
    this.#fault = fault;
    this.#left = fault?.times ?? Number.POSITIVE_INFINITY;
  }

  /**
   * @param {import('express').Request} request
   * @param {import('express').Response} response
   * @returns {Promise<boolean>} Whether the request is dealt with.
   */
  async play(request, response) {
    const fault = this.#fault;
    if (!fault || this.#left <= 0) return false;
    if (fault.actions && !fault.actions.includes(String(request.query.action))) return false;
    this.#left -= 1;

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
