/** Tells the customer that a parcel is on its way, by email, push and SMS. */
import { SeverityLevelEnum, workflow } from '@novu/framework';
import { z } from 'zod';
import { emailPage } from '../email-page.js';
import { order } from '../schemas.js';

/** @param {string} id The workflow id. For Novu, a workflow with another id is another workflow. */
export const orderShipped = (id) =>
  workflow(
    id,
    async ({ step, payload }) => {
      await step.email(
        'shipping-notice',
        async ({ subject }) => ({
          subject,
          body: emailPage('Your books are on their way', [`Carrier: ${payload.carrier}`], {
            label: 'Track the parcel',
            url: payload.trackingUrl,
          }),
        }),
        {
          controlSchema: z.object({ subject: z.string().default('{{payload.orderNumber}} has left our shop') }),
          // An option of one email provider: the category for the shop's delivery statistics.
          providers: { sendgrid: async () => ({ categories: ['order-shipped'] }) },
        },
      );

      await step.push('push', async ({ title }) => ({ subject: title, body: `With ${payload.carrier}` }), {
        controlSchema: z.object({ title: z.string().default('Your books are on their way') }),
      });

      await step.sms('text', async ({ text }) => ({ body: `${text} ${payload.trackingUrl}` }), {
        controlSchema: z.object({ text: z.string().max(100).default('Fernhill Books: your parcel is on its way.') }),
      });
    },
    {
      name: 'Order shipped',
      description: 'Tracking link, as soon as the carrier has the parcel.',
      tags: ['orders', 'transactional'],
      severity: SeverityLevelEnum.MEDIUM,
      // Text messages cost money, so they are off until the customer turns them on.
      preferences: { all: { enabled: true, readOnly: false }, channels: { sms: { enabled: false } } },
      payloadSchema: order.extend({
        carrier: z.enum(['DHL', 'Royal Mail', 'UPS']),
        trackingUrl: z.string().url(),
      }),
    },
  );
