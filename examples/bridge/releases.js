/**
 * The workflows of each release of the application.
 *
 * In a real shop, a release is a commit. This example contains two releases, so that you can deploy the second one with
 * BRIDGE_RELEASE=2 instead of editing files.
 */
import { abandonedCart } from './workflows/abandoned-cart.js';
import { backInStock } from './workflows/back-in-stock.js';
import { deliveryDelayed } from './workflows/delivery-delayed.js';
import { lowStockAlert } from './workflows/low-stock-alert.js';
import { orderConfirmed } from './workflows/order-confirmed.js';
import { orderShipped } from './workflows/order-shipped.js';
import { passwordReset } from './workflows/password-reset.js';
import { welcome } from './workflows/welcome.js';

/** @typedef {import('@novu/framework').Workflow} Workflow */

/** The workflows that are the same in both releases. */
const unchanged = [orderConfirmed, deliveryDelayed, passwordReset, backInStock, lowStockAlert];

/** @type {Record<string, Workflow[]>} */
const workflows = {
  1: [welcome({ subject: 'Welcome to Fernhill Books' }), orderShipped('order-shipped'), abandonedCart, ...unchanged],
  2: [
    welcome({ subject: 'Good to have you, {{subscriber.firstName}}' }), // a different default of one control
    orderShipped('order-dispatched'), // a new id
    ...unchanged, // abandoned-cart is removed
  ],
};

export const RELEASES = Object.keys(workflows);

/**
 * @param {string} release One of RELEASES.
 * @returns {Workflow[]}
 */
export function workflowsOf(release) {
  return workflows[release];
}
